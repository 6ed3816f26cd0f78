from envivo.probes.pictures import Pictures
from tests.unit.probes.videos import fmp4, pictures


def watched(video: bytes, wanted: int) -> Pictures:
    counted = Pictures(wanted)
    for picture in pictures(video):
        counted.see(picture)
    return counted


def test_moving_picture_differs_in_every_frame() -> None:
    assert watched(fmp4(3, seconds=2), wanted=30).different == 60


def test_moving_picture_is_enough_after_as_many_as_are_wanted() -> None:
    assert watched(fmp4(3, seconds=1), wanted=30).enough
    assert not watched(fmp4(3, seconds=1), wanted=31).enough


def test_still_picture_that_is_encoded_for_ever_is_never_enough() -> None:
    counted = watched(fmp4(0, seconds=12), wanted=30)
    assert counted.decoded == 360
    assert not counted.enough, f"{counted.different} seemed to differ"
