"""The published stream, as the server hands it to viewers."""

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from tests.patience import until
from tests.unit.agent.clips import SECONDS, clip
from tests.unit.agent.live import FPS, Document, publishing
from tests.unit.agent.viewer import KEY_SLICE, PPS, SPS, watch

pytestmark = pytest.mark.usefixtures("installed")

KEYS = [0, FPS // 2, FPS]
"""Which frames of the first second are key frames, and the one after it."""
GRID = Fraction(1, 90_000)
"""RTP counts in it, FLV in milliseconds."""
MILLISECOND = Fraction(1, 1000)
H264 = ("h264", 0, 0)
PRESETS = ("low-cpu", "balanced", "quality")


@pytest.mark.parametrize(
    ("encoder", "preset", "protocol"),
    [
        *(("x264", preset, "rtsp") for preset in PRESETS),
        *(("openh264", preset, "rtsp") for preset in PRESETS),
        ("x264", "balanced", "rtmp"),
    ],
)
def test_stream_is_what_every_viewer_can_decode(
    small: Document, program: Path, tmp_path: Path, encoder: str, preset: str, protocol: str
) -> None:
    small["video"].update(encoder=encoder, preset=preset)
    with publishing(small, program, tmp_path, protocol) as (server, _):
        seen = watch(server, FPS + 1)
    assert seen.tracks == [H264]
    assert seen.video == ("Constrained Baseline", "yuv420p", 320, 180)
    assert not seen.has_b_frames
    assert seen.keys == KEYS
    assert all({SPS, PPS, KEY_SLICE} <= units for units in seen.nals)
    assert all(abs(step - Fraction(1, FPS)) <= (MILLISECOND if protocol == "rtmp" else GRID) for step in seen.steps)


def test_stream_of_a_turned_and_cropped_picture_has_its_size(small: Document, program: Path, tmp_path: Path) -> None:
    small["source"] = {"kind": "file", "file": str(clip(tmp_path))}
    small["video"].update(width=180, height=320)
    crop, blank = {"left": 4, "top": 20, "right": 0, "bottom": 0}, {"text": "", "clock": False, "corner": "top-left"}
    small["picture"] = {"rotate": 90, "mirror": False, "crop": crop, "overlay": blank}
    with publishing(small, program, tmp_path) as (server, publisher):
        assert watch(server, 2).video == ("Constrained Baseline", "yuv420p", 176, 300)
        assert "176x300" in publisher.status()["reason"]


@pytest.mark.parametrize("fps", [10, 25])
def test_stream_has_the_configured_rate_on_a_regular_grid(
    small: Document, program: Path, tmp_path: Path, fps: int
) -> None:
    small["video"].update(fps=fps, keyframe_interval_ms=1000)
    with publishing(small, program, tmp_path) as (server, _):
        seen = watch(server, fps + 1)
    assert all(abs(step - Fraction(1, fps)) <= GRID for step in seen.steps)
    assert seen.keys == [0, fps]


@pytest.mark.parametrize(("protocol", "codec"), [("rtsp", "opus"), ("rtmp", "aac")])
@pytest.mark.parametrize("kbps", [16, 256])
def test_stream_with_sound_has_a_second_track(
    small: Document, program: Path, tmp_path: Path, protocol: str, codec: str, kbps: int
) -> None:
    """The picture comes first, and the frames that are counted are those of the picture."""
    small["audio"] = {"kind": "test", "bitrate_kbps": kbps}
    with publishing(small, program, tmp_path, protocol) as (server, publisher):
        assert server.path()["tracks"][0] == "H264"
        seen = watch(server, FPS + 1)
        status = until(lambda status: status["frames_sent"] > 2 * FPS, publisher.status, 15, 0.2)
    assert status["audio"] == f"{ {'opus': 'Opus', 'aac': 'AAC'}[codec] } {kbps} kbit/s"
    assert 2 * FPS < status["frames_sent"] <= status["frames_encoded"]
    assert set(seen.tracks) == {(codec, 48000, 2), H264}
    # 22 ms at most in each
    assert seen.audio_packets > 40
    assert seen.keys == KEYS
    assert all(abs(step - Fraction(1, FPS)) <= MILLISECOND for step in seen.steps)


@pytest.mark.parametrize("sound", [False, True], ids=["silent clip", "clip with sound"])
def test_clip_begins_again_without_an_end_of_the_stream(
    small: Document, program: Path, tmp_path: Path, sound: bool
) -> None:
    small["source"] = {"kind": "file", "file": str(clip(tmp_path, sound=sound))}
    with publishing(small, program, tmp_path) as (server, publisher):
        session = server.session()
        seen = watch(server, (2 * SECONDS + 1) * FPS + 1)
        assert (server.session(), publisher.status()["restarts"]["camera"]) == (session, 0), publisher.said()
    assert seen.tracks == [H264]
    assert seen.video == ("Constrained Baseline", "yuv420p", 320, 180)
    assert all(abs(step - Fraction(1, FPS)) <= GRID for step in seen.steps)


def test_clip_of_few_frames_keeps_up_with_the_time(small: Document, program: Path, tmp_path: Path) -> None:
    """A camera in the dark gives as few: each of its frames is sent as often as it takes."""
    small["source"] = {"kind": "file", "file": str(clip(tmp_path, fps=FPS // 5))}
    with publishing(small, program, tmp_path) as (server, publisher):
        seen = watch(server, FPS + 1)
        status = until(lambda status: status["frames_captured"] > 10, publisher.status, 15, 0.2)
    assert all(abs(step - Fraction(1, FPS)) <= GRID for step in seen.steps)
    assert status["frames_sent"] > 3 * status["frames_captured"], status


@pytest.mark.parametrize("protocol", ["rtsp", "rtmp"])
def test_password_is_in_nothing_that_others_can_read(
    small: Document, program: Path, tmp_path: Path, protocol: str
) -> None:
    password = small["publish"]["password"]
    with publishing(small, program, tmp_path, protocol) as (_, publisher):
        command = Path(f"/proc/{publisher.process.pid}/cmdline").read_text()
        children = subprocess.run(
            ["ps", "-o", "args=", "--ppid", str(publisher.process.pid)], capture_output=True, text=True, check=False
        ).stdout
        assert "envivo_agent" in command
        assert password not in command + children + publisher.said() + str(publisher.status())
