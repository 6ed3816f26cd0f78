"""The agents of a camera host. Whether their pictures arrive is seen on the media host: roles/media/checks.py."""

from collections.abc import Iterator
from functools import partial

from envivo.core.polling import until
from envivo.orchestration.target import Target
from envivo.probes.units import unit_state
from envivo.roles.base.checks import to_start
from envivo.roles.camera.desired import unit_name
from envivo.verify.engine import Check
from envivo.verify.findings import Finding

_START_WITHIN_S = 10
"""An agent that was just started says that it is active when it has tried to publish."""


def agent(target: Target, camera: str, reachable: Check) -> Check:
    return Check(target.name, f"{unit_name(camera)} is active", partial(_agent, target, camera), (reachable,))


def words(target: Target, camera: str) -> str:
    """What an agent says of itself, such as `waiting: /dev/video0 is not there: plug the camera in`."""
    return unit_state(target.inside, unit_name(camera)).status


def _agent(target: Target, camera: str) -> Iterator[Finding]:
    unit = unit_name(camera)
    state = until(
        lambda state: state.active != "activating", lambda: unit_state(target.inside, unit), _START_WITHIN_S, 0.5
    )
    if not state.runs:
        what = f"nobody publishes to {camera}: {unit} is {state.words}"
        yield Finding(target.name, "agent-down", what, to_start(target, unit, state))
