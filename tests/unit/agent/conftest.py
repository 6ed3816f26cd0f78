"""Neither the agent nor a bench is part of the controller's package: they are found where they lie."""

import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.unit.agent.live import AGENT, FPS, lacks

ELEMENTS = (
    *("appsrc", "h264parse", "flvmux", "rtspclientsink", "rtmp2sink", "x264enc", "openh264enc"),
    *("opusenc", "voaacenc", "aacparse", "decodebin", "openh264dec", "mp4mux"),
)

sys.path[:0] = [str(AGENT), str(AGENT.parent / "tests/bench")]

SIZE = {"width": 1280, "height": 720, "fps": 30, "bitrate_kbps": 2500, "keyframe_interval_ms": 500}
PUBLISHER = {"path": "webcam", "user": "publisher", "password": "s3cret-s3cret"}


@pytest.fixture
def document() -> dict[str, Any]:
    """A good configuration, to be spoilt."""
    return {
        "name": "webcam",
        "source": {"kind": "test"},
        "audio": {"kind": "none"},
        "video": {**SIZE, "encoder": "x264", "fallback": False, "preset": "balanced"},
        "publish": {"protocol": "rtsp", "host": "media1", "port": 8554, "ca": "", **PUBLISHER},
        "metrics_port": 0,
    }


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MediaMTX, out of the image that hosts get."""
    from image_program import image_program

    base = tmp_path_factory.getbasetemp()
    directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # one for all workers
    with FileLock(directory / "mediamtx.lock"):
        return directory / "mediamtx" if (directory / "mediamtx").exists() else image_program("mediamtx", directory)


@pytest.fixture(scope="session")
def installed() -> None:
    """GStreamer with all elements that these tests use."""
    if absent := lacks(*ELEMENTS):
        pytest.fail(f"not installed: {absent}: run ./setup.sh tests")


@pytest.fixture
def small(document: dict[str, Any]) -> dict[str, Any]:
    """One that is quick to encode, with a key frame each half second."""
    document["video"].update(width=320, height=180, fps=FPS, bitrate_kbps=300)
    return document


@pytest.fixture
def gst(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A host whose GStreamer has what a test says: stands for the real one in modules that import it first here."""
    gst: Any = types.ModuleType("envivo_agent.gst.bindings")
    gst.encoders = {"x264enc", "openh264enc"}
    gst.lacks = set()
    gst.number = "1.26.2"
    gst.Gst = None
    gst.properties = lambda element: frozenset({"bitrate"} if element in gst.encoders else ())
    gst.absent = lambda factories: [one for one in factories if one in gst.lacks]
    gst.version = lambda: gst.number
    before = set(sys.modules)
    monkeypatch.setitem(sys.modules, "envivo_agent.gst.bindings", gst)
    yield gst
    for name in set(sys.modules) - before:
        if name.startswith("envivo_agent."):
            del sys.modules[name]
