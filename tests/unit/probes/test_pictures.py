import pytest
from av.video.frame import VideoFrame

from envivo.probes.pictures import DRAWN, FILMED, Pictures, Watched
from tests.unit.probes.videos import drawn, fmp4, pictures


def watched(video: bytes, levels: int) -> Watched:
    counted = Pictures(30, levels)
    for picture in pictures(video):
        counted.see(picture)
        if counted.enough:
            break
    return counted.watched(ended=False)


@pytest.mark.parametrize("levels", [DRAWN, FILMED])
def test_moving_picture_differs_in_every_frame(levels: int) -> None:
    assert watched(fmp4(3, seconds=2), levels) == Watched(30, 30, False)


def test_still_picture_that_is_encoded_again_and_again_is_given_up() -> None:
    seen = watched(fmp4(0, seconds=3), FILMED)
    assert seen.decoded == 60
    assert seen.different < 15, "key frames look a little different, no more"


def test_still_picture_of_a_starved_encoder_is_not_taken_for_a_drawn_one() -> None:
    seen = watched(fmp4(0, seconds=3, bitrate="20k"), DRAWN)
    assert (seen.decoded, seen.different) == (60, 1)


def test_too_few_moving_pictures_are_not_enough() -> None:
    counted = Pictures(30, DRAWN)
    for picture in pictures(fmp4(3, seconds=29 / 30)):
        counted.see(picture)
    assert not counted.enough


def test_noise_of_a_camera_in_a_still_scene_counts_as_a_picture() -> None:
    counted = Pictures(30, FILMED)
    for n, picture in enumerate(drawn(0, seconds=1)):
        counted.see(noisy(picture, n))
    assert counted.watched(ended=False).different == 30


def noisy(picture: VideoFrame, seed: int) -> VideoFrame:
    """Brightness off by up to 4 levels, another pattern for each seed."""
    plane = picture.planes[0]
    pixels = bytes(plane)
    plane.update(bytes(level + (at * 7919 + seed * 104729) % 9 - 4 for at, level in enumerate(pixels)))
    return picture
