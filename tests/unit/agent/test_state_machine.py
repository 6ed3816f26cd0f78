from dataclasses import replace

import pytest
from envivo_agent import state_machine
from envivo_agent.faults import AUDIO, CAMERA, ENCODING, PIPELINE, SERVER, Fault
from envivo_agent.state_machine import BUILD, KEEP, TEAR_DOWN, Flow, Machine

MIDDLE = 0.5
COUNTS = ("sent", "captured", "acked", "answers")
ABSENT = Fault(CAMERA, "/dev/video0 does not exist")
REFUSED = Fault(SERVER, "nothing listens")


def _tick(
    state: Machine, now: float, flow: Flow | None = None, camera_absent: Fault | None = None
) -> tuple[Machine, str]:
    return state_machine.tick(state, now, camera_absent, flow or Flow(), MIDDLE)


def _connecting(now: float = 0.0) -> Machine:
    state, order = _tick(Machine(), now)
    assert (state.phase, order) == (state_machine.CONNECTING, BUILD)
    return state


def _live(now: float = 0.0) -> Machine:
    state, order = _tick(_connecting(now), now, Flow(sent=1, captured=1, acked=1, answers=1))
    assert (state.phase, order) == (state_machine.LIVE, KEEP)
    return state


def test_machine_is_not_live_before_a_frame_left() -> None:
    state, order = _tick(_connecting(), 5.0, Flow(sent=0, captured=150))
    assert (state.phase, order) == (state_machine.CONNECTING, KEEP)


@pytest.mark.parametrize(("captured", "kind"), [(None, SERVER), (0, CAMERA)])
def test_machine_gives_a_connection_ten_seconds(captured: int | None, kind: str) -> None:
    flow = Flow(sent=0, captured=captured)
    assert _tick(_connecting(), 9.9, flow)[1] == KEEP
    after, order = _tick(_connecting(), 10.1, flow)
    assert (order, after.fault and after.fault.kind) == (TEAR_DOWN, kind)


@pytest.mark.parametrize("captured", [None, 0])
def test_machine_counts_from_the_moment_at_which_its_pipeline_runs(captured: int | None) -> None:
    """Asking a camera, and a trial of an encoder, take seconds that no frame can use."""
    flow = Flow(sent=0, captured=captured)
    begun = state_machine.begun(_connecting(), 9.0)
    assert _tick(begun, 18.9, flow)[1] == KEEP
    assert _tick(begun, 19.1, flow)[1] == TEAR_DOWN
    assert state_machine.begun(Machine(), 9.0) == Machine(), "given up meanwhile"


def test_machine_says_what_to_do_where_the_camera_stalls() -> None:
    flow = Flow(sent=0, captured=0)
    for remedy in (state_machine.CABLE, state_machine.NETWORK):
        after, _ = state_machine.tick(_connecting(), 10.1, None, flow, MIDDLE, remedy)
        assert after.fault and after.fault.fix == remedy


@pytest.mark.parametrize(
    ("moving", "at", "kind"),
    [
        ({"captured", "acked", "answers"}, 3.1, SERVER),
        ({"sent", "acked", "answers"}, 3.1, CAMERA),
        ({"sent", "captured", "acked"}, 9.1, SERVER),
        ({"sent", "captured", "answers"}, 6.1, SERVER),
    ],
    ids=["nothing leaves", "camera frozen", "server frozen", "network gone"],
)
def test_machine_sees_what_stands_still(moving: set[str], at: float, kind: str) -> None:
    state, order, ticks = _live(), KEEP, 0
    while order == KEEP and ticks < 200:
        ticks += 1
        flow = Flow(**{name: 1 + ticks if name in moving else 1 for name in COUNTS})
        state, order = _tick(state, ticks / 10, flow)
    assert (order, state.phase, ticks / 10) == (TEAR_DOWN, state_machine.STALLED, at)
    assert state.fault is not None
    assert (state.fault.kind, state.fault.stall) == (kind, True)


def test_machine_that_stalled_builds_anew_after_its_pause_once_the_camera_is_there() -> None:
    stalled, _ = _tick(_live(), 3.1, Flow(sent=2, captured=1, acked=2))
    assert stalled.phase == state_machine.STALLED
    assert stalled.until == pytest.approx(4.1)
    assert _tick(stalled, 4.0) == (stalled, KEEP)
    again, order = _tick(stalled, 4.2)
    assert (again.phase, order) == (state_machine.CONNECTING, BUILD)
    state, order = _tick(stalled, 4.2, camera_absent=ABSENT)
    assert (state.phase, state.since, state.fault, order) == (state_machine.WAITING_CAMERA, 4.2, ABSENT, KEEP)


@pytest.mark.parametrize(
    ("fault", "phase"),
    [
        (Fault(CAMERA, "x"), state_machine.WAITING_CAMERA),
        (Fault(SERVER, "x"), state_machine.WAITING_SERVER),
        (Fault(AUDIO, "x"), state_machine.BACKOFF),
        (Fault(ENCODING, "x"), state_machine.BACKOFF),
        (Fault(PIPELINE, "x"), state_machine.BACKOFF),
        (Fault(CAMERA, "x", stall=True), state_machine.STALLED),
        (Fault(SERVER, "x", stall=True), state_machine.STALLED),
    ],
)
def test_machine_waits_in_the_phase_that_says_why(fault: Fault, phase: str) -> None:
    state, order = state_machine.fail(_live(), 1.0, fault, MIDDLE)
    assert (state.phase, state.since, state.fault, order) == (phase, 1.0, fault, TEAR_DOWN)
    assert phase in state_machine.PHASES


def test_machine_waits_for_the_first_frame_of_a_camera_longer_than_for_the_next() -> None:
    state = _connecting()
    for tenth in range(1, 100):
        state, order = _tick(state, tenth / 10, Flow(captured=0))
        assert order == KEEP
    state, order = _tick(_connecting(), 0.1, Flow(captured=1))
    assert _tick(state, 3.0, Flow(captured=1))[1] == KEEP
    stalled, order = _tick(state, 3.2, Flow(captured=1))
    assert (stalled.phase, order) == (state_machine.STALLED, TEAR_DOWN)


def test_machine_that_is_renewed_builds_at_once_and_forgets_its_failures() -> None:
    failed = replace(state_machine.fail(_live(), 1.0, REFUSED, MIDDLE)[0], failures=6)
    renewed, order = state_machine.restart(failed, 1.5)
    assert (renewed.failures, renewed.fault, renewed.restarts, order) == (0, None, failed.restarts, TEAR_DOWN)
    assert _tick(renewed, 1.5)[1] == BUILD


def test_machine_stays_live_without_counts_that_do_not_exist() -> None:
    state = _live()
    for second in range(1, 60):
        state, order = _tick(state, float(second), Flow(sent=1 + second, captured=None, acked=None))
        assert (state.phase, order) == (state_machine.LIVE, KEEP)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (REFUSED, [1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0]),
        (replace(REFUSED, lasting=True), [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0]),
        (Fault(ENCODING, "no encoder works"), [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0]),
    ],
)
def test_machine_waits_longer_after_each_failure_up_to_the_limit(fault: Fault, expected: list[float]) -> None:
    state, now, pauses = Machine(), 0.0, []
    for _ in range(7):
        state, _order = _tick(state, now)
        state, order = state_machine.fail(state, now, fault, MIDDLE)
        assert order == TEAR_DOWN
        pauses.append(state.until - now)
        assert _tick(state, state.until - 0.01) == (state, KEEP)
        now = state.until
    assert pauses == expected


@pytest.mark.parametrize(
    ("kind", "lasting", "limit"),
    [
        (CAMERA, False, 5.0),
        (SERVER, False, 5.0),
        (SERVER, True, 24.0),
        (AUDIO, False, 1.0),
        (ENCODING, False, 24.0),
        (PIPELINE, False, 24.0),
    ],
)
def test_pause_is_spread_around_its_limit(kind: str, lasting: bool, limit: float) -> None:
    fault = Fault(kind, "it", lasting=lasting)
    assert state_machine.pause_s(99, fault, 0.0) == pytest.approx(limit * 0.8)
    assert max(state_machine.pause_s(failures, fault, 1.0) for failures in range(1, 2000)) == pytest.approx(limit * 1.2)


@pytest.mark.parametrize(
    ("kind", "lived", "failures"),
    [
        (SERVER, 4.9, 5),
        (SERVER, 5.0, 1),
        *(
            (kind, lived, failures)
            for kind in (CAMERA, ENCODING, PIPELINE)
            for lived, failures in ((29.0, 5), (30.0, 1))
        ),
    ],
)
def test_machine_forgets_failures_only_after_a_stable_time(kind: str, lived: float, failures: int) -> None:
    state = replace(_live(), failures=4)
    assert state_machine.fail(state, lived, Fault(kind, "it"), MIDDLE)[0].failures == failures


@pytest.mark.parametrize("connecting", [0, 3])
@pytest.mark.parametrize(("lived", "longest"), [(0.5, 6.0), (4.0, 6.0), (5.1, 1.2), (29.0, 1.2)])
def test_server_lost_again_and_again_is_tried_within_seconds(lived: float, connecting: int, longest: float) -> None:
    """`connecting`: attempts that are refused before the server is back, as while it starts."""
    state, now = Machine(), 0.0
    for _ in range(20):
        state, order = _tick(state, now)
        assert order == BUILD
        state, _ = _tick(state, now, Flow(sent=1))
        assert state.phase == state_machine.LIVE
        now += lived
        state, _ = state_machine.fail(state, now, REFUSED, 1.0)
        assert round(state.until - now, 3) <= longest
        for _ in range(connecting):
            state, _ = _tick(state, state.until)
            state, _ = state_machine.fail(state, state.since, REFUSED, 1.0)
            assert round(state.until - state.since, 3) <= 6.0
        now = state.until


def test_machine_waits_for_a_camera_without_counting_failures() -> None:
    state, now = Machine(), 0.0
    for _ in range(600):
        state, order = _tick(state, now, camera_absent=ABSENT)
        assert (state.phase, state.since, state.failures, order) == (state_machine.WAITING_CAMERA, 0.0, 0, KEEP)
        now = state.until
    assert _tick(state, now)[1] == BUILD


def test_machine_that_reconnected_starts_counting_anew_but_for_its_restarts() -> None:
    failed, _ = state_machine.fail(_live(), 100.0, REFUSED, MIDDLE)
    again, order = _tick(failed, 102.0)
    assert (order, again.flow, again.restarts) == (BUILD, Flow(), 1)
    assert _tick(again, 103.0, Flow(sent=1))[0].phase == state_machine.LIVE
    assert state_machine.fail(again, 104.0, REFUSED, MIDDLE)[0].restarts == 2


def test_machine_stopped_stays_stopped() -> None:
    state, order = state_machine.stop(_live(), 1.0)
    assert (state.phase, order) == (state_machine.STOPPED, TEAR_DOWN)
    assert _tick(state, 1000.0) == (state, KEEP)
    assert state_machine.restart(state, 1000.0)[0].phase == state_machine.STOPPED
