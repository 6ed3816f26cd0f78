"""The agents of a camera host. Whether their pictures arrive is seen on the media host: roles/media/checks.py."""

from collections.abc import Iterator
from functools import partial

from envivo.core.errors import EnvivoError
from envivo.core.polling import until
from envivo.probes.units import unit_state
from envivo.roles.base.causes import explained
from envivo.roles.base.checks import starts_at_boot, stopped_on_purpose
from envivo.roles.camera.desired import local_cameras
from envivo.roles.camera.settings import Agents, unit_name
from envivo.roles.camera.status import agent_status, report
from envivo.roles.role import Evidence, Feed, Report, Target
from envivo.verify.engine import Check
from envivo.verify.findings import Finding

_START_WITHIN_S = 10
"""Time for an agent to become active: it reports that once it has tried to publish."""


def checks(target: Target[Agents], evidence: Evidence) -> Iterator[Check]:
    reachable = evidence.reachable[target.name]
    for path, camera in local_cameras(target.settings, target.context).items():
        unit = unit_name(path)

        def running(path: str = path) -> Iterator[Finding]:
            found = partial(_agent, target, path, evidence)
            for said in explained(path, evidence.feeds[path], target.name, evidence, found):
                if isinstance(said, Finding):
                    yield said

        active = Check(target.name, f"{unit} is active", running, (reachable,), path)
        evidence.feeds[path] = Feed(
            target.name,
            unit,
            active,
            fps=camera.fps,
            bitrate_kbps=camera.bitrate_kbps,
            drawn=camera.source == "test",
            status=partial(_report, target, path),
        )
        yield active
        yield starts_at_boot(target, unit, reachable)


def _report(target: Target[Agents], camera: str) -> Report:
    return report(agent_status(target.shell, camera))


def _agent(target: Target[Agents], camera: str, evidence: Evidence) -> Iterator[Finding]:
    unit = unit_name(camera)
    state = until(
        lambda state: state.active != "activating", lambda: unit_state(target.shell, unit), _START_WITHIN_S, 0.5
    )
    if not state.runs and (by_a_person := stopped_on_purpose(target, unit, f"nobody publishes to {camera}")):
        yield by_a_person
    elif not state.runs:
        who = _holder(camera, evidence)
        what = f"{who} publishes to {camera} instead of its agent" if who else f"nobody publishes to {camera}"
        code = "agent-starting" if state.active == "activating" else "agent-down"
        yield Finding(target.name, code, f"{what}: {unit} is {state.words}", state.to_start(camera))


def _holder(camera: str, evidence: Evidence) -> str:
    try:
        return evidence.holders[camera]() if camera in evidence.holders else ""
    except EnvivoError:  # a check of its own says so
        return ""
