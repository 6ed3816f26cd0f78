from functools import reduce
from operator import xor

import pytest
from envivo_agent.pattern import STRIP_BITS, STRIP_BLOCK, ClockPattern, clock_text, strip_row

MOMENT = 1_795_392_000_123
SIZES = [(1280, 720), (640, 480), (642, 362), (320, 180), (160, 90), (3840, 90), (160, 2160)]


def _stride(width: int) -> int:
    return (width + 3) // 4 * 4


def _read(row: bytes) -> int:
    word = 0
    for bit in range(STRIP_BITS):
        word = word << 1 | (row[bit * STRIP_BLOCK + STRIP_BLOCK // 2] > 125)
    return word


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_picture_fills_exactly_one_i420_frame(width: int, height: int) -> None:
    chroma = _stride(width // 2) * (height // 2)
    assert len(ClockPattern(width, height).draw(MOMENT)) == _stride(width) * height + 2 * chroma


@pytest.mark.parametrize("unix_ms", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF, MOMENT])
def test_strip_carries_the_moment_and_its_check(unix_ms: int) -> None:
    *stamp, check = _read(strip_row(unix_ms)).to_bytes(5, "big")
    assert int.from_bytes(stamp, "big") == unix_ms & 0xFFFFFFFF
    assert check == reduce(xor, stamp, 0xA5)


def test_strip_is_in_the_picture_sixteen_rows_high() -> None:
    frame = ClockPattern(1280, 720).draw(MOMENT)
    rows = [frame[1280 * y : 1280 * y + 640] for y in range(17)]
    assert rows[:16] == [strip_row(MOMENT)] * 16
    assert rows[16] != rows[15]


def test_picture_too_narrow_for_the_strip_has_none() -> None:
    assert set(ClockPattern(320, 180).draw(MOMENT)[: 320 * 16]) == {16}


def test_picture_moves_from_one_frame_to_the_next_below_strip_and_clock() -> None:
    picture = ClockPattern(1280, 720)
    lower_half = slice(1280 * 360, 1280 * 720)
    assert picture.draw(MOMENT)[lower_half] != picture.draw(MOMENT + 33)[lower_half]


def test_picture_shows_another_clock_each_millisecond() -> None:
    picture = ClockPattern(320, 180)  # no strip
    assert picture.draw(MOMENT)[: 320 * 80] != picture.draw(MOMENT + 1)[: 320 * 80]


@pytest.mark.parametrize(("unix_ms", "text"), [(0, "00:00:00.000"), (86_399_999, "23:59:59.999")])
def test_clock_is_utc_with_milliseconds(unix_ms: int, text: str) -> None:
    assert clock_text(unix_ms) == text
