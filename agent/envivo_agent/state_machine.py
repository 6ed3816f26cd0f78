"""When to build, when to give up and when to wait: pure transitions over a clock that the caller owns.

Times are seconds of a monotonic clock. A pipeline is never repaired: every fault tears it down, a new one is built.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from envivo_agent.faults import AUDIO, CAMERA, ENCODING, PIPELINE, SERVER, Fault

WAITING_CAMERA, WAITING_SERVER, BACKOFF = "waiting-camera", "waiting-server", "backoff"
CONNECTING, LIVE, STALLED, STOPPED = "connecting", "live", "stalled", "stopped"
PHASES = (WAITING_CAMERA, WAITING_SERVER, BACKOFF, CONNECTING, LIVE, STALLED, STOPPED)
_PAUSING = (WAITING_CAMERA, WAITING_SERVER, BACKOFF, STALLED)

CONNECT_LIMIT_S = 10.0
FRAME_LIMIT_S = 3.0
ACK_LIMIT_S = 6.0
ANSWER_LIMIT_S = 9.0
"""Seconds without an answer to questions asked every two seconds: a frozen server is seen within 10 s."""
STABLE_S = {CAMERA: 30.0, SERVER: 5.0, AUDIO: 30.0, ENCODING: 30.0, PIPELINE: 30.0}
"""Seconds in `live` after which a fault of that kind starts again at the shortest pause."""
CAMERA_POLL_S = 1.0
PAUSE_MIN_S = 1.0
PAUSE_MAX_S = {CAMERA: 5.0, SERVER: 5.0, AUDIO: 1.0, ENCODING: 24.0, PIPELINE: 24.0}
"""With the spread at most 6 s: a server that returns, or learns a password, has its camera back within 10 s."""
LASTING_S = 24.0
"""The longest pause after a fault that another attempt does not cure."""
SPREAD = 0.2

CABLE, NETWORK = "check its cable and driver", "see the camera's own page, and the network to it"
"""What to do where the camera stalls: one of this host, one in the network."""
KEEP, BUILD, TEAR_DOWN = "keep", "build", "tear down"


@dataclass(frozen=True)
class Flow:
    """Counts since the pipeline was built. None: the source cannot freeze; no connection; no questions asked."""

    sent: int = 0
    captured: int | None = None
    acked: int | None = None
    answers: int | None = None


@dataclass(frozen=True)
class Machine:
    """`until` is when a waiting phase ends; the `_at` are when each count of `flow` last moved."""

    phase: str = BACKOFF
    since: float = 0.0
    until: float = 0.0
    flow: Flow = field(default_factory=Flow)
    sent_at: float = 0.0
    captured_at: float = 0.0
    acked_at: float = 0.0
    answered_at: float = 0.0
    failures: int = 0
    restarts: int = 0
    fault: Fault | None = None


def pause_s(failures: int, fault: Fault, jitter: float) -> float:
    """Doubles from 1 s to the limit of the fault, plus or minus SPREAD of it; `jitter` is from 0 to 1."""
    limit = LASTING_S if fault.lasting else PAUSE_MAX_S[fault.kind]
    return min(limit, PAUSE_MIN_S * 2.0 ** min(failures - 1, 10)) * (1 + SPREAD * (2 * jitter - 1))


def begun(machine: Machine, now: float) -> Machine:
    """Its pipeline runs: making it may have taken longer than a frame may."""
    if machine.phase != CONNECTING:
        return machine
    return replace(machine, since=now, sent_at=now, captured_at=now, acked_at=now)


def fail(machine: Machine, now: float, fault: Fault, jitter: float) -> tuple[Machine, str]:
    failures = 1 if machine.phase == LIVE and now - machine.since >= STABLE_S[fault.kind] else machine.failures + 1
    pausing = {CAMERA: WAITING_CAMERA, SERVER: WAITING_SERVER}.get(fault.kind, BACKOFF)
    waiting = Machine(
        phase=STALLED if fault.stall else pausing,
        since=now,
        until=now + pause_s(failures, fault, jitter),
        failures=failures,
        restarts=machine.restarts + 1,
        fault=fault,
    )
    return waiting, TEAR_DOWN


def restart(machine: Machine, now: float) -> tuple[Machine, str]:
    """Build a new pipeline at once, for another configuration. A stopped machine stays stopped."""
    if machine.phase == STOPPED:
        return machine, KEEP
    return Machine(phase=BACKOFF, since=now, until=now, restarts=machine.restarts), TEAR_DOWN


def stop(machine: Machine, now: float) -> tuple[Machine, str]:
    return replace(machine, phase=STOPPED, since=now), TEAR_DOWN


def _moved(machine: Machine, now: float, flow: Flow) -> Machine:
    before = machine.flow
    return replace(
        machine,
        flow=flow,
        sent_at=now if flow.sent != before.sent else machine.sent_at,
        captured_at=now if flow.captured is None or flow.captured != (before.captured or 0) else machine.captured_at,
        acked_at=now if flow.acked is None or flow.acked != (before.acked or 0) else machine.acked_at,
        answered_at=now if flow.answers is None or flow.answers != before.answers else machine.answered_at,
    )


def _stall(machine: Machine, now: float, remedy: str) -> Fault | None:
    patience = FRAME_LIMIT_S if machine.flow.captured else CONNECT_LIMIT_S
    if now - machine.captured_at > patience:
        return Fault(CAMERA, f"the camera gave no frame for {patience:.0f} s", remedy, stall=True)
    if machine.phase == CONNECTING and now - machine.since > CONNECT_LIMIT_S:
        return Fault(SERVER, f"the server accepted no stream within {CONNECT_LIMIT_S:.0f} s", "check what blocks there")
    if machine.phase == LIVE and now - machine.sent_at > FRAME_LIMIT_S:
        return Fault(SERVER, f"no frame left for {FRAME_LIMIT_S:.0f} s", "check what blocks there", stall=True)
    if machine.phase == LIVE and now - machine.acked_at > ACK_LIMIT_S:
        text = f"the server acknowledged nothing for {ACK_LIMIT_S:.0f} s"
        return Fault(SERVER, text, "check its firewall and the network to it", stall=True)
    if machine.phase == LIVE and now - machine.answered_at > ANSWER_LIMIT_S:
        text = f"the server answered nothing for {ANSWER_LIMIT_S:.0f} s"
        return Fault(SERVER, text, "check its firewall and the network to it", stall=True)
    return None


def tick(
    machine: Machine, now: float, camera_absent: Fault | None, flow: Flow, jitter: float, remedy: str = CABLE
) -> tuple[Machine, str]:
    """`camera_absent`: why no pipeline can be built now; `flow`: what the current pipeline has done; `remedy`: what to
    do where the camera stalls.
    """
    if machine.phase in _PAUSING:
        if now < machine.until:
            return machine, KEEP
        if camera_absent:
            since = machine.since if machine.phase == WAITING_CAMERA else now
            until = now + CAMERA_POLL_S
            return replace(machine, phase=WAITING_CAMERA, since=since, until=until, fault=camera_absent), KEEP
        fresh = replace(machine, phase=CONNECTING, since=now, flow=Flow(), sent_at=now, captured_at=now, acked_at=now)
        return fresh, BUILD
    if machine.phase in (CONNECTING, LIVE):
        machine = _moved(machine, now, flow)
        stall = _stall(machine, now, remedy)
        if stall:
            return fail(machine, now, stall, jitter)
        if machine.phase == CONNECTING and flow.sent:
            return replace(machine, phase=LIVE, since=now), KEEP
    return machine, KEEP
