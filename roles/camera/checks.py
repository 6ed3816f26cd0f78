"""The agents of a camera host. Whether their pictures arrive is seen on the media host: roles/media/checks.py."""

from collections.abc import Iterator
from functools import partial

from envivo.core.polling import until
from envivo.probes.units import unit_state
from envivo.roles.base.checks import starts_at_boot, to_start
from envivo.roles.camera.desired import local_cameras
from envivo.roles.camera.settings import Agents, unit_name
from envivo.roles.role import Evidence, Feed, Target
from envivo.verify.engine import Check
from envivo.verify.findings import Finding

_START_WITHIN_S = 10
"""Time for an agent to become active: it reports that once it has tried to publish."""


def checks(target: Target[Agents], evidence: Evidence) -> Iterator[Check]:
    reachable = evidence.reachable[target.name]
    for path, camera in local_cameras(target.settings, target.context).items():
        unit = unit_name(path)
        running = Check(target.name, f"{unit} is active", partial(_agent, target, path), (reachable,))
        evidence.feeds[path] = Feed(
            target.name,
            unit,
            running,
            fps=camera.fps,
            bitrate_kbps=camera.bitrate_kbps,
            drawn=camera.source == "test",
            status=partial(_status, target, unit),
        )
        yield running
        yield starts_at_boot(target, unit, reachable)


def _status(target: Target[Agents], unit: str) -> str:
    return unit_state(target.shell, unit).status


def _agent(target: Target[Agents], camera: str) -> Iterator[Finding]:
    unit = unit_name(camera)
    state = until(
        lambda state: state.active != "activating", lambda: unit_state(target.shell, unit), _START_WITHIN_S, 0.5
    )
    if not state.runs:
        what = f"nobody publishes to {camera}: {unit} is {state.words}"
        yield Finding(target.name, "agent-down", what, to_start(target, unit, state))
