import random
from collections.abc import Iterable, Iterator

import pytest
from envivo_agent.timestamp_grid import SLOT_NS, TimestampGrid

FPS = 30
ROOM = 2


def _moments(rate: float, seconds: float, jitter_ms: float = 0.0) -> Iterator[int]:
    """Of a camera, in nanoseconds; the same each time."""
    chance = random.Random(rate)  # noqa: S311 - it guards nothing
    for number in range(int(rate * seconds)):
        late = chance.uniform(-jitter_ms, jitter_ms) * 1_000_000
        yield max(0, int((1 + number / rate) * SLOT_NS + late))


def _after_a_pause(rate: float, pause_s: float) -> list[int]:
    before = list(_moments(rate, 2))
    return before + [moment + int((2 + pause_s) * SLOT_NS) for moment in _moments(rate, 10)]


SOURCES = {
    "exact": list(_moments(30, 30)),
    "jittered": list(_moments(30, 30, 20)),
    "slow": list(_moments(29.97, 120)),
    "fast": list(_moments(30.3, 120)),
    "half": list(_moments(15, 30, 5)),
    "ten": list(_moments(10, 30)),
    "twice": list(_moments(60, 30, 4)),
    "paused": _after_a_pause(30, 3.0),
    "half and paused": _after_a_pause(15, 3.0),
}


def _run(moments: Iterable[int], room: int = ROOM) -> list[tuple[int, list[int]]]:
    grid = TimestampGrid(FPS)
    return [(moment, list(grid.numbers(moment, room))) for moment in moments]


def _off(moment: int, number: int) -> float:
    """How many slots the stamp is from its moment."""
    return abs(number - moment * FPS / SLOT_NS)


@pytest.mark.parametrize("source", SOURCES)
def test_grid_of_whole_frames_has_neither_holes_nor_doubles(source: str) -> None:
    numbers = [number for _, taken in _run(SOURCES[source]) for number in taken]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("source", SOURCES)
def test_grid_goes_as_far_as_the_time_with_two_places_down_to_half_the_rate(source: str) -> None:
    for room in (FPS,) if source in ("ten", "half and paused") else (FPS, ROOM):
        ran = _run(SOURCES[source], room=room)
        assert _off(ran[-1][0], max(number for _, taken in ran for number in taken)) <= 2, room


@pytest.mark.parametrize("source", [name for name in SOURCES if "paused" not in name])
def test_stamp_is_never_far_from_its_moment(source: str) -> None:
    # of a frame that is repeated the last one: those before fill the gap
    assert max(_off(moment, taken[-1]) for moment, taken in _run(SOURCES[source], room=FPS) if taken) <= 2


def test_grid_repeats_no_frame_of_a_jittered_source_more_than_it_must() -> None:
    ran = _run(SOURCES["jittered"])
    assert max(len(taken) for _, taken in ran) <= 2
    assert sum(not taken for _, taken in ran) <= len(ran) * 0.25


def test_grid_leaves_out_what_is_too_much() -> None:
    ran = _run(SOURCES["twice"])
    assert sum(not taken for _, taken in ran) == pytest.approx(len(ran) / 2, abs=3)


@pytest.mark.parametrize("room", [0, -1])
def test_grid_without_room_uses_no_number_and_makes_up_for_it(room: int) -> None:
    grid = TimestampGrid(FPS)
    moments = list(_moments(30, 1))
    first = list(grid.numbers(moments[0], ROOM))
    assert [list(grid.numbers(moment, room)) for moment in moments[1:5]] == [[]] * 4
    made_up = [list(grid.numbers(moment, ROOM)) for moment in moments[5:11]]
    numbers = [number for taken in made_up for number in taken]
    assert numbers == list(range(first[-1] + 1, first[-1] + 1 + len(numbers)))
    assert max(len(taken) for taken in made_up) == ROOM
    assert len(made_up[-1]) == 1


@pytest.mark.parametrize(("number", "at_ns"), [(0, 0), (1, 33_333_333), (30, SLOT_NS), (108_000, 3600 * SLOT_NS)])
def test_slot_is_a_fraction_of_a_second_that_adds_up(number: int, at_ns: int) -> None:
    assert TimestampGrid(FPS).time_ns(number) == at_ns
