"""What the agent publishes of IP cameras: real ones, but for the lens."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.patience import until
from tests.unit.agent.ip_cameras import PASSWORD, ip_camera
from tests.unit.agent.live import Document, configuration, findings, publishing, ran
from tests.unit.agent.viewer import KEY_SLICE, PPS, SPS, watch

pytestmark = pytest.mark.usefixtures("installed")

FPS = 25
GRID = Fraction(1, 90_000)
"""RTP counts in it."""
LONGEST = Fraction(1, FPS) * Fraction(102, 100) + GRID
"""Step of the stamps: a camera's are steered. Shorter ones make no part of HLS longer."""
AS_IT_IS, TRANSCODED = "passed through", "transcoded"


@pytest.fixture
def small(small: Document) -> Document:
    small["video"].update(fps=FPS, width=320, height=180)
    return small


@pytest.mark.parametrize(
    ("told", "sound", "carried"),
    [
        ({}, None, AS_IT_IS),
        ({"profile": "main", "sound": "pcma"}, "opus", AS_IT_IS),
        ({"sound": "aac"}, "opus", AS_IT_IS),
        ({"sound": "mute"}, "opus", AS_IT_IS),
        ({"bframes": 2}, None, TRANSCODED),
        ({"codec": "h265", "sound": "pcma"}, "opus", TRANSCODED),
        ({"codec": "jpeg"}, None, TRANSCODED),
    ],
    ids=["h264", "h264 pcma", "h264 aac", "sound that never comes", "b-frames", "h265 pcma", "mjpeg"],
)
def test_stream_of_a_camera_is_what_every_viewer_can_decode_and_hear(
    small: Document, program: Path, tmp_path: Path, told: dict[str, Any], sound: str | None, carried: str
) -> None:
    small["audio"] = {"kind": "camera", "bitrate_kbps": 32}
    with ip_camera(tmp_path, **told) as camera:
        small["source"] = camera.source()
        with publishing(small, program, tmp_path) as (server, publisher):
            seen = watch(server, 3 * FPS)
            status = publisher.status()
    assert carried in status["mode"], publisher.said()
    assert {track for track in seen.tracks if track[0] != "h264"} == ({(sound, 48000, 2)} if sound else set())
    assert seen.video[1:] == ("yuv420p", 320, 180)
    assert not seen.has_b_frames
    assert all({SPS, PPS, KEY_SLICE} <= units for units in seen.nals)
    assert 0 < min(seen.steps) <= max(seen.steps) <= LONGEST
    assert not sound or seen.audio_packets > 40
    assert (status["encoder"] == "") == (carried == AS_IT_IS)
    assert status["restarts"] == dict.fromkeys(status["restarts"], 0), publisher.said()


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_stream_of_a_camera_goes_over_rtmp(small: Document, program: Path, tmp_path: Path, codec: str) -> None:
    small["audio"] = {"kind": "camera", "bitrate_kbps": 32}
    with ip_camera(tmp_path, codec=codec, sound="pcma") as camera:
        small["source"] = camera.source()
        with publishing(small, program, tmp_path, "rtmp") as (server, _):
            seen = watch(server, 2 * FPS)
    assert {track[0] for track in seen.tracks} == {"h264", "aac"}


@pytest.mark.parametrize(
    ("told", "source", "words"),
    [
        ({}, {}, []),
        ({}, {"password": "wrong"}, ["source: rtsp://127.0.0.1:{port}/main refuses the user or the password"]),
        ({"codec": "vp8"}, {}, ["source: rtsp://127.0.0.1:{port}/main sends VP8, which cannot be decoded here"]),
    ],
)
def test_check_asks_the_camera(
    small: Document, tmp_path: Path, told: dict[str, Any], source: dict[str, Any], words: list[str]
) -> None:
    with ip_camera(tmp_path, **told) as camera:
        small["source"] = camera.source(**source)
        found = findings(tmp_path, small)
    assert len(found) == len(words)
    assert all(
        text.startswith(start.format(port=camera.told["port"])) for text, start in zip(found, words, strict=True)
    )


@pytest.mark.parametrize(
    "told", [{"address": "::1"}, {"basic": True}, {"user": "", "password": ""}], ids=["IPv6", "basic", "no password"]
)
def test_camera_is_reached_by_any_address_and_login(
    small: Document, program: Path, tmp_path: Path, told: dict[str, Any]
) -> None:
    with ip_camera(tmp_path, **told) as camera:
        small["source"] = camera.source()
        with publishing(small, program, tmp_path) as (_, publisher):
            assert AS_IT_IS in publisher.status()["mode"]


def test_b_frames_that_the_camera_did_not_announce_are_seen_and_transcoded(
    small: Document, program: Path, tmp_path: Path
) -> None:
    with ip_camera(tmp_path, bframes=2, reticent=True) as camera:
        small["source"] = camera.source()
        with publishing(small, program, tmp_path) as (server, publisher):
            until(lambda mode: TRANSCODED in mode, lambda: publisher.status()["mode"], 15, 0.1)
            assert until(lambda state: state == "live", publisher.state, 15, 0.1) == "live", publisher.said()
            seen = watch(server, FPS)
            status = publisher.status()
    assert "sends B-frames, which browsers do not play" in publisher.said()
    assert "transcoded (it has B-frames)" in status["mode"]
    assert not seen.has_b_frames


def test_plan_that_is_printed_and_the_trial_show_no_password(small: Document, program: Path, tmp_path: Path) -> None:
    small["audio"] = {"kind": "camera", "bitrate_kbps": 32}
    with ip_camera(tmp_path, sound="pcma") as camera:
        small["source"] = camera.source()
        with publishing(small, program, tmp_path) as (_, publisher):
            command = Path(f"/proc/{publisher.process.pid}/cmdline").read_text()
            shown = command + publisher.said() + json.dumps(publisher.status())
        file = configuration(small, tmp_path)
        printed = ran(tmp_path, "--print-pipeline", file).stdout
        tried = ran(tmp_path, "--try", file).stdout
    assert "source.user-pw = ***" in printed
    steps = [json.loads(line) for line in tried.splitlines() if line.startswith("{")]
    assert [(step["step"], step["ok"]) for step in steps[:3]] == [
        ("installed", True), ("source", True), ("capture", True),
    ], tried  # fmt: skip
    assert "H.264 Constrained Baseline 320x180 at 25 fps, passed through, sound PCMA" in steps[1]["what"]
    assert not any(text in shown + printed + tried for text in (PASSWORD, json.dumps(PASSWORD)))
