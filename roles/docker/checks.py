"""The Docker Engine of a media host."""

from collections.abc import Iterator

from envivo.findings import Finding
from envivo.probes.units import unit_state
from envivo.verification import Check
from roles.base.checks import to_start
from roles.target import Target

UNIT = "docker.service"


def engine(target: Target, reachable: Check) -> Check:
    return Check(target.name, f"{UNIT} is active", lambda: _engine(target), (reachable,))


def _engine(target: Target) -> Iterator[Finding]:
    state = unit_state(target.inside, UNIT)
    if not state.runs:
        what = f"no container can run: {UNIT} is {state.words}"
        yield Finding(target.name, "engine-down", what, to_start(target, UNIT, state))
