"""What is done with the stream of an IP camera, by what it announces."""

from typing import Any

import pytest
from envivo_agent import faults
from envivo_agent.faults import CAMERA, CameraError
from envivo_agent.ipcam.carriage import Carriage, carriage
from envivo_agent.ipcam.sdp import Track

URL = "rtsp://cam/main"
MAIN, DAHUA, B_FRAMES = (
    "Z00AKp2oHgCJ+WbgICAgQA==",
    "Z2QAKqwsaoHgCJ+WbgICAgQA",
    "Z2QAMqzZQCgAtbAWoCAgKAAAAwAIAAADAPR4wYyw",
)
INTERLACED, FULL_COLOUR = "Z2QAHqzkAtCTYClBgYGpQAAAAwBAAAAMp8UKkg==", "Z/QAHpGbKBQF/xOAtQYGBkAAAAMAQAAADKPFi2WA"


def video(codec: str = "H264", sps: str = "", fps: float | None = None, number: int = 0) -> Track:
    return Track(number, "video", codec, fps, {"sprop-parameter-sets": sps} if sps else {})


def audio(codec: str, number: int = 1) -> Track:
    return Track(number, "audio", codec)


def carried(*tracks: Track, mode: str = "auto", audible: bool = True, fps: int = 30, seen: str = "") -> Carriage:
    return carriage(tracks, URL, mode, audible, fps, seen)


@pytest.mark.parametrize(
    ("track", "more", "words", "fps"),
    [
        (video(sps=MAIN, fps=25), {}, "H.264 Main 1920x1080 at 25 fps, passed through", 25),
        (video(sps=MAIN, fps=50), {}, "H.264 Main 1920x1080 at 50 fps, passed through", 50),
        (video(sps=DAHUA), {}, "H.264 High 1920x1080, passed through", 30),
        (video(), {}, "H.264, passed through", 30),
        (video(fps=0.2), {}, "H.264, passed through", 30),
        (video(sps=MAIN, fps=12.5), {"mode": "passthrough"}, "H.264 Main 1920x1080 at 12.5 fps, passed through", 12),
        (video(sps=MAIN, fps=25), {"mode": "transcode"},
         "H.264 Main 1920x1080 at 25 fps, transcoded (as configured)", 25),
        (video(sps=DAHUA), {"seen": faults.B_FRAMES}, "H.264 High 1920x1080, transcoded (it has B-frames)", 30),
        (video(), {"seen": faults.INTERLACED}, "H.264, transcoded (it is interlaced)", 30),
        (video(), {"seen": faults.ODD_PROFILE}, "H.264, transcoded (browsers do not play its profile)", 30),
        (video(sps=B_FRAMES), {}, "H.264 High 2560x1440 at 15 fps, transcoded (it has B-frames)", 15),
        (video(sps=INTERLACED), {"fps": 20}, "H.264 High 720x576 at 25 fps, transcoded (it is interlaced)", 20),
        (video(sps=FULL_COLOUR.replace("+", "+")), {}, "H.264 profile 244 640x360 at 25 fps, transcoded", 25),
        (video("H265", fps=20), {}, "H.265 at 20 fps, transcoded (browsers do not play it)", 20),
        (video("JPEG"), {}, "MJPEG, transcoded (browsers do not play it)", 30),
    ],
)  # fmt: skip
def test_picture_passes_where_browsers_play_it(track: Track, more: dict[str, Any], words: str, fps: int) -> None:
    found = carried(track, **more)
    assert str(found).startswith(words)
    assert (found.fps, found.passes, found.tracks) == (fps, "passed" in words, (0,))


@pytest.mark.parametrize(
    ("tracks", "mode", "text", "fix", "lasting"),
    [
        ([audio("PCMA", 0)], "auto", f"{URL} sends no video", "take the address of one of its video streams", False),
        ([], "auto", f"{URL} sends no video", "take the address of one of its video streams", False),
        ([video("VP8")], "auto", f"{URL} sends VP8, which cannot be decoded here", "choose H.264 without", True),
        ([video("H265", fps=20)], "passthrough",
         f"{URL} sends H.265 at 20 fps, which cannot be passed through: browsers do not play it", "choose H.264", True),
        ([video(sps=B_FRAMES)], "passthrough",
         f"{URL} sends H.264 High 2560x1440 at 15 fps, which cannot be passed through: it has B-frames",
         "choose H.264", True),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_is_a_fault_with_its_fix(
    tracks: list[Track], mode: str, text: str, fix: str, lasting: bool
) -> None:
    with pytest.raises(CameraError) as caught:
        carried(*tracks, mode=mode)
    fault = caught.value.fault
    assert (fault.kind, fault.text, fault.lasting) == (CAMERA, text, lasting)
    assert fault.fix.startswith(fix)


@pytest.mark.parametrize(
    ("sounds", "audible", "tracks", "words"),
    [
        ([audio("PCMA")], True, (0, 1), ", sound PCMA"),
        ([audio("G726-16", 1), audio("MPEG4-GENERIC", 2)], True, (0, 2), ", sound AAC"),
        ([audio("PCMA")], False, (0,), ""),
        ([], True, (0,), ", the camera sends no sound"),
        ([], False, (0,), ""),
        ([audio("G726-16")], True, (0,),
         ", its sound is G726-16, which is not decoded here: choose G.711 or AAC"),
    ],
)  # fmt: skip
def test_sound_is_carried_where_it_is_wanted_and_can_be(
    sounds: list[Track], audible: bool, tracks: tuple[int, ...], words: str
) -> None:
    found = carried(video(), *sounds, audible=audible)
    assert found.tracks == tracks
    assert str(found) == f"H.264, passed through{words}"


def test_first_picture_that_can_be_decoded_is_taken() -> None:
    assert carried(video("VP8"), audio("PCMA"), video("H265", number=2)).tracks == (2, 1)
