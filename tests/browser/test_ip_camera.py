"""What the agent makes of IP cameras, in a browser: its picture and its sound, over WebRTC and over HLS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.patience import until
from tests.unit.agent.ip_cameras import ip_camera
from tests.unit.agent.live import SERVER, Document, agent

from .bed import Bed
from .test_streams import WAYS
from .viewer import Viewer

_, WEBRTC, HLS = WAYS
FPS = 25
SIZE: Document = {"width": 640, "height": 360, "fps": FPS}
ENCODER: Document = {"encoder": "x264", "fallback": False, "preset": "balanced"}
STREAMS: dict[str, dict[str, Any]] = {
    "pcma": {"sound": "pcma"},
    "aac": {"sound": "aac"},
    "b-frames": {"profile": "main", "bframes": 2, "sound": "aac"},
    "h265": {"codec": "h265", "sound": "pcma"},
    "key-frame-every-4-s": {"gop": 4 * FPS, "sound": "pcma"},
    "irregular": {"jitter_ms": 30, "hiccup_ms": 400, "sound": "pcma"},
    "jumps": {"jumps": True, "sound": "pcma"},
}
PASSED_THROUGH = {"pcma", "aac", "key-frame-every-4-s", "irregular", "jumps"}


@pytest.fixture(scope="module")
def origin(streams: Bed) -> str:
    return streams.origin


@pytest.fixture
def sent(streams: Bed, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The path to which the agent publishes the one of STREAMS that a test is parametrized with."""
    name: str = request.param
    document: Document = {
        "name": "webcam",
        "audio": {"kind": "camera", "bitrate_kbps": 64},
        "video": {**SIZE, "bitrate_kbps": 800, "keyframe_interval_ms": 400, **ENCODER},
        "publish": {"ca": "", "path": name},
        "metrics_port": 0,
    }
    with ip_camera(tmp_path, **SIZE, drawn=True, **STREAMS[name]) as camera:
        document["source"] = camera.source()
        port = streams.settings.mediamtx.rtsp_port
        with agent(document, tmp_path, protocol="rtsp", host=SERVER, port=port) as publisher:
            assert until(lambda state: state == "live", publisher.state, 20, 0.1) == "live", publisher.said()
            streams.wait_for(name)
            yield name
            carried = "passed through" if name in PASSED_THROUGH else "transcoded"
            assert carried in publisher.status()["mode"]


@pytest.mark.parametrize(
    ("sent", "way"),
    [
        pytest.param(name, way, marks=() if (name, way) == ("b-frames", WEBRTC) else pytest.mark.proof)
        for name in STREAMS
        for way in (WEBRTC, HLS)
    ],
    indirect=["sent"],
)
def test_ip_camera_is_seen_and_heard(viewer: Viewer, sent: str, way: str) -> None:
    viewer.watch(f"{way}muted=0&path={sent}")
    assert viewer.protocol == ("hls" if way == HLS else "webrtc")
    assert viewer.different_frames(10) >= 10
    assert viewer.sound_level(0.04) > 0.04
    assert viewer.reasons == []
