"""A host that decodes slower than an IP camera sends is noticed; a camera that hangs for a moment is not one."""

import pytest
from envivo_agent.ipcam.lag import LONG_NS, OLD_NS, Lag

SECOND = 1_000_000_000
STEP = SECOND // 25


def _seen_at(frames: list[tuple[int, int]]) -> int | None:
    """Nanoseconds after which it is noticed, of frames captured and decoded then."""
    lag = Lag()
    return next((now for at, now in frames if lag.grows(at, now)), None)


@pytest.mark.parametrize("decoding_ms", [41, 60, 80, 500])
def test_frames_that_grow_ever_older_are_noticed_before_they_are_much_older(decoding_ms: int) -> None:
    each = decoding_ms * 1_000_000
    seen = _seen_at([(number * STEP, number * each) for number in range(5000)])
    growth = 1 - STEP / each
    assert seen is not None
    assert seen <= OLD_NS / growth + LONG_NS + 2 * each


@pytest.mark.parametrize("hung_s", [0.5, 3, 5, 20])
def test_a_hiccup_is_not_noticed(hung_s: float) -> None:
    """The camera, or the network, sends what it missed all at once; it is decoded in half the time."""
    late = int(hung_s * SECOND)
    burst = [(number * STEP, late + number * STEP // 10) for number in range(int(late / STEP))]
    assert _seen_at([*burst, *((late + number * STEP, late + number * STEP + STEP) for number in range(500))]) is None


def test_a_steady_delay_below_the_limit_is_not_noticed() -> None:
    assert _seen_at([(number * STEP, number * STEP + OLD_NS) for number in range(5000)]) is None
