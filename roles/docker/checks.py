"""The Docker Engine of a media host."""

from collections.abc import Iterator

from envivo.operations.engine import STATE
from envivo.probes.units import unit_state
from envivo.roles.base.checks import starts_at_boot
from envivo.roles.role import Evidence, Target
from envivo.state.live_restore import UNIT
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding


def checks(target: Target[None], evidence: Evidence) -> Iterator[Check]:
    reachable = evidence.reachable[target.name]
    engine = Check(target.name, f"{UNIT} is active", lambda: _engine(target), (reachable,))
    evidence.engines[target.name] = engine
    evidence.plan_needs[target.name].append(engine)  # a plan needs it
    yield engine
    yield Check(target.name, "containers outlive the Docker Engine", lambda: _outlived(target), (engine,))
    yield starts_at_boot(target, UNIT, reachable)


def _engine(target: Target[None]) -> Iterator[Finding]:
    state = unit_state(target.shell, UNIT)
    if not state.runs:
        what = f"no container can run: {UNIT} is {state.words}"
        yield Finding(target.name, "engine-down", what, state.to_start("docker"))


def _outlived(target: Target[None]) -> Iterator[Finding | Observation]:
    live_restore, _, swarm = target.shell.run(STATE).out.strip().partition(" ")
    if live_restore == "true":
        return
    if swarm not in ("", "inactive"):
        yield Observation("this host is in a swarm, where live-restore is unavailable: containers stop with the Engine")
        return
    what = "pictures stop whenever the Docker Engine is restarted, upgraded or killed: its live-restore is off"
    persists = f"remove --live-restore=false from dockerd's options: systemctl cat {UNIT}"
    fix = f"deploy again; if the problem persists, {persists}"
    yield Finding(target.name, "live-restore-off", what, fix)
