import pytest

from envivo.probes import ProbeError
from envivo.probes.hls import decoded
from envivo.probes.recordings import address, fragments, initialization, whole_boxes
from tests.unit.probes.videos import FPS, fmp4

VIDEO = fmp4(seconds=4)


def test_newest_fragments_decode_behind_the_initialization() -> None:
    tail = VIDEO[VIDEO.rindex(b"moof", 0, VIDEO.rindex(b"moof")) - 4 :]
    assert decoded(initialization(VIDEO) + fragments(tail)) == 2 * FPS


@pytest.mark.parametrize("cut", [1, 3, 4, 9, 200])
def test_tail_that_starts_within_a_fragment_begins_with_the_next(cut: int) -> None:
    last_but_one = VIDEO.rindex(b"moof", 0, VIDEO.rindex(b"moof")) - 4
    assert decoded(initialization(VIDEO) + fragments(VIDEO[last_but_one + cut :])) == FPS


def test_fragment_that_is_still_being_written_is_left_out() -> None:
    unfinished = VIDEO[: VIDEO.rindex(b"mdat") + 20]
    assert decoded(whole_boxes(unfinished)) == 3 * FPS


def test_word_moof_within_the_pictures_is_not_taken_for_a_fragment() -> None:
    last = VIDEO.rindex(b"moof") - 4
    assert fragments(b"\0\0\0\x10moof1234" + VIDEO[last:]) == whole_boxes(VIDEO[last:])


@pytest.mark.parametrize("tail", [b"", b"moof", b"\0" * 100, VIDEO[-40:]])
def test_tail_without_a_whole_fragment_is_an_error(tail: bytes) -> None:
    with pytest.raises(ProbeError, match="no complete fragment"):
        fragments(tail)


def test_file_of_another_kind_is_an_error() -> None:
    with pytest.raises(ProbeError, match="fMP4"):
        initialization(b"<html>" * 100)


def test_address_keeps_the_levels_of_a_path_and_escapes_the_rest() -> None:
    there = address("http://h:8080", "live/webcam", "2026-11-22_12-33-59-464932+0100.mp4")
    assert there == "http://h:8080/recordings/live/webcam/2026-11-22_12-33-59-464932%2B0100.mp4"
