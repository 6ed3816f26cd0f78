"""When to build, when to give up and when to wait: pure transitions over a clock that the caller owns.

Times are seconds of a monotonic clock. A pipeline is never repaired: every fault tears it down, a new one is built.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from envivo_agent.faults import CAMERA, SERVER, Fault

WAITING_CAMERA, WAITING_SERVER, BACKOFF = "waiting-camera", "waiting-server", "backoff"
CONNECTING, LIVE, STOPPED = "connecting", "live", "stopped"

CONNECT_LIMIT_S = 10.0
STALL_LIMIT_S = 3.0
STABLE_S = 30.0
"""So long live, and the next fault starts again at the shortest pause."""
CAMERA_POLL_S = 1.0
PAUSE_MIN_S = 1.0
PAUSE_MAX_S = {CAMERA: 5.0, SERVER: 10.0}
JITTER = 0.2

FLOWING = 2
"""Frames that must have left: the first one enters a sink before the sink is connected."""

KEEP, BUILD, TEAR_DOWN = "keep", "build", "tear down"


@dataclass(frozen=True)
class Machine:
    """`until` is when a waiting phase ends, `frames` and `moved` the count and time of the last progress."""

    phase: str = BACKOFF
    since: float = 0.0
    until: float = 0.0
    frames: int = 0
    moved: float = 0.0
    failures: int = 0
    restarts: int = 0
    fault: Fault | None = None


def pause_s(failures: int, kind: str, chance: float) -> float:
    """Doubles from 1 s to the limit of the kind of fault, spread by JITTER; `chance` is from 0 to 1."""
    limit = PAUSE_MAX_S.get(kind, max(PAUSE_MAX_S.values()))
    return min(limit, PAUSE_MIN_S * 2.0 ** min(failures - 1, 10)) * (1 + JITTER * (2 * chance - 1))


def fail(machine: Machine, now: float, fault: Fault, chance: float) -> tuple[Machine, str]:
    failures = 1 if machine.phase == LIVE and now - machine.since >= STABLE_S else machine.failures + 1
    phase = {CAMERA: WAITING_CAMERA, SERVER: WAITING_SERVER}.get(fault.kind, BACKOFF)
    return Machine(
        phase=phase,
        since=now,
        until=now + pause_s(failures, fault.kind, chance),
        failures=failures,
        restarts=machine.restarts + 1,
        fault=fault,
    ), TEAR_DOWN


def tick(machine: Machine, now: float, camera_absent: Fault | None, frames: int, chance: float) -> tuple[Machine, str]:
    """`camera_absent`: why no pipeline can be built now; `frames`: how many left the pipeline since it was built."""
    if machine.phase in (WAITING_CAMERA, WAITING_SERVER, BACKOFF):
        if now < machine.until:
            return machine, KEEP
        if camera_absent:
            since = machine.since if machine.phase == WAITING_CAMERA else now
            waiting = replace(
                machine, phase=WAITING_CAMERA, since=since, until=now + CAMERA_POLL_S, fault=camera_absent
            )
            return waiting, KEEP
        return replace(machine, phase=CONNECTING, since=now, frames=0, moved=now), BUILD
    if machine.phase == CONNECTING:
        if frames >= FLOWING:
            return replace(machine, phase=LIVE, since=now, frames=frames, moved=now), KEEP
        if now - machine.since > CONNECT_LIMIT_S:
            return fail(machine, now, Fault(SERVER, f"no connection within {CONNECT_LIMIT_S:.0f} s"), chance)
        return machine, KEEP
    if machine.phase == LIVE:
        if frames > machine.frames:
            return replace(machine, frames=frames, moved=now), KEEP
        if now - machine.moved > STALL_LIMIT_S:
            return fail(machine, now, Fault("pipeline", f"no frame left for {STALL_LIMIT_S:.0f} s"), chance)
    return machine, KEEP


def stop(machine: Machine, now: float) -> Machine:
    return replace(machine, phase=STOPPED, since=now)


def longest_pause_s(machine: Machine) -> float:
    return PAUSE_MAX_S.get(machine.fault.kind if machine.fault else "", max(PAUSE_MAX_S.values()))
