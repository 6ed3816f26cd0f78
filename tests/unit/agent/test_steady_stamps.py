"""Stamps of coded frames: as regular as they can be, and near the camera's own."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from envivo_agent.steady_stamps import AWAY_NS, HASTENED, SECOND_NS, SHORTEST_NS, SLOWED, SteadyStamps

FPS = 25
MS = 1_000_000


def _moments(rate: float, seconds: float, jitter_ms: float = 0.0, hiccup_ms: int = 0) -> Iterator[int]:
    """Of a camera, in nanoseconds; the same each time. `hiccup_ms`: is so late every five seconds, then catches up."""
    chance = random.Random(rate)  # noqa: S311 - it guards nothing
    for number in range(int(rate * seconds)):
        late = chance.uniform(-jitter_ms, jitter_ms) * MS
        behind = max(0.0, hiccup_ms * MS - (number / rate % 5) * SECOND_NS) if number / rate > 5 else 0.0
        yield max(0, int((1 + number / rate) * SECOND_NS + late + behind))


def _crowded(frames: int) -> list[int]:
    """The first frames were held up somewhere, and come close together."""
    return [SECOND_NS + (40 * number if number > frames else 25 * frames + 15 * number) * MS for number in range(750)]


STEADY = {
    "crowded in the beginning": _crowded(20),
    "exact": list(_moments(25, 30)),
    "jittered": list(_moments(25, 60, 30)),
    "jittered and late": list(_moments(25, 60, 10, 400)),
    "slow": list(_moments(24.95, 120)),
    "fast": list(_moments(25.1, 120)),
}
"""Cameras of about the rate that is told."""
ANOTHER = {
    "half": list(_moments(12.5, 60, 5)),
    "ten": list(_moments(10, 60)),
    "half more": list(_moments(37.5, 60, 4)),
    "twice": list(_moments(50, 60, 4)),
}
"""Of another one."""


def _stamped(moments: list[int]) -> list[int]:
    stamps = SteadyStamps(FPS)
    return [stamps.stamp_ns(moment) for moment in moments]


def _steps(stamps: list[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(stamps)]


@pytest.mark.parametrize("source", STEADY)
def test_no_step_is_longer_or_shorter_than_what_is_steered(source: str) -> None:
    period, steps = SECOND_NS / FPS, _steps(_stamped(STEADY[source]))
    assert (1 - HASTENED) * period - 1 <= min(steps) <= max(steps) <= (1 + SLOWED) * period + 1


@pytest.mark.parametrize("source", STEADY)
def test_stamps_stay_near_those_of_the_camera(source: str) -> None:
    """Sound is stamped with the camera's own: at a tenth of a second people notice."""
    off = [stamp - moment for stamp, moment in zip(_stamped(STEADY[source]), STEADY[source], strict=True)]
    on_time = sorted(map(abs, off))
    assert on_time[len(on_time) // 2] < 50 * MS
    assert on_time[int(len(on_time) * 0.9)] < 200 * MS


@pytest.mark.parametrize("source", ANOTHER)
def test_another_rate_than_the_announced_one_is_found_out_within_two_seconds(source: str) -> None:
    """A higher one later: a camera, or a busy host, sends what it missed at once, above all in the beginning."""
    moments = ANOTHER[source]
    stamps = _stamped(moments)
    after = next(index for index, moment in enumerate(moments) if moment > moments[0] + 2 * SECOND_NS)
    usual = (moments[-1] - moments[after]) / (len(moments) - 1 - after)
    steps = _steps(stamps[after:])
    assert (1 - HASTENED - 0.05) * usual < min(steps) <= max(steps) < (1 + SLOWED + 0.05) * usual
    assert max(_steps(stamps)) < usual + 300 * MS, "no hole"
    off = [abs(stamp - moment) for stamp, moment in zip(stamps, moments, strict=True)]
    assert max(off) < (300 if usual > SECOND_NS / FPS else 1100) * MS
    assert max(off[len(off) // 2 :]) < 50 * MS


@pytest.mark.parametrize(("before", "after"), [(25.0, 12.5), (12.5, 25.0), (25.0, 22.0), (15.0, 20.0)])
def test_rate_that_changes_while_live_is_followed(before: float, after: float) -> None:
    """A camera at nightfall, and in the morning."""
    first = list(_moments(before, 20, 3))
    moments = first + [first[-1] + moment for moment in _moments(after, 60, 3)][1:]
    moments = [moment - (SECOND_NS if index >= len(first) else 0) for index, moment in enumerate(moments)]
    stamps = SteadyStamps(before)
    stamped = [stamps.stamp_ns(moment) for moment in moments]
    longest = SECOND_NS / min(before, after)
    assert max(_steps(stamped)) < longest + 300 * MS
    assert max(abs(a - b) for a, b in zip(stamped[-100:], moments[-100:], strict=True)) < 50 * MS


@pytest.mark.parametrize("source", [*STEADY, *ANOTHER])
def test_stamps_grow(source: str) -> None:
    moments = {**STEADY, **ANOTHER}[source]
    assert min(_steps(_stamped(moments))) > 0


@pytest.mark.parametrize("pause_s", [2.0, 60.0])
def test_a_pause_stays_a_hole_and_the_stamps_go_on_from_there(pause_s: float) -> None:
    before = list(_moments(25, 4))
    moments = before + [moment + int((4 + pause_s) * SECOND_NS) for moment in before]
    steps = _steps(_stamped(moments))
    assert [step for step in steps if step > AWAY_NS] == [pytest.approx((pause_s + 1 / FPS) * SECOND_NS, rel=0.01)]


@pytest.mark.parametrize("back_s", [0.3, 20.0])
def test_stamps_that_go_back_make_no_step_of_their_own(back_s: float) -> None:
    before = list(_moments(25, 30))
    moments = before + [int(before[-1] - back_s * SECOND_NS) + number * 40 * MS for number in range(1, 500)]
    period = SECOND_NS / FPS
    steps = _steps(_stamped(moments))
    assert (1 - HASTENED) * period - 1 <= min(steps) <= max(steps) <= (1 + SLOWED) * period + 1


@pytest.mark.parametrize("step_ns", [1, 1000, MS, 4 * MS])
def test_stamps_of_a_camera_that_hardly_move_make_no_rate_of_thousands(step_ns: int) -> None:
    """Whatever the camera writes: steps are those of 480 frames a second, at the shortest, but for what is steered."""
    steps = _steps(_stamped([SECOND_NS + number * step_ns for number in range(2000)]))
    assert min(steps) >= (1 - HASTENED) * SHORTEST_NS - 1
