"""The agent is no part of the controller's package: it is found where the deploy takes it from."""

import copy
import os
import platform
import sys
import tarfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from envivo.artifacts import ARCHITECTURES, CACHE
from envivo.artifacts.cache import Cache
from envivo.artifacts.lock import architecture, load
from tests.unit.agent.live import AGENT, FPS, lacks

ELEMENTS = (
    *("appsrc", "h264parse", "flvmux", "rtspclientsink", "rtmp2sink", "x264enc", "openh264enc"),
    *("opusenc", "voaacenc", "aacparse", "decodebin", "openh264dec", "mp4mux"),
)

sys.path.insert(0, str(AGENT))

_DOCUMENT = {
    "name": "webcam",
    "source": {"kind": "test"},
    "audio": {"kind": "none"},
    "video": {
        "width": 1280,
        "height": 720,
        "fps": 30,
        "bitrate_kbps": 2500,
        "keyframe_interval_ms": 500,
        "encoder": "x264",
        "fallback": False,
        "preset": "balanced",
    },
    "publish": {
        "protocol": "rtsp",
        "host": "media1",
        "port": 8554,
        "path": "webcam",
        "ca": "",
        "user": "publisher",
        "password": "s3cret-s3cret",
    },
    "metrics_port": 0,
}


@pytest.fixture
def document() -> dict[str, Any]:
    """A good configuration, to be spoilt."""
    return copy.deepcopy(_DOCUMENT)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MediaMTX, out of the image that hosts get."""
    arch = architecture(ARCHITECTURES.get(platform.machine(), platform.machine()))
    cache = Cache(CACHE)
    item = next(item for item in load().items(arch) if item.name == "mediamtx")
    if not cache.receipt(item):
        pytest.fail(f"{item.label} is not in the cache: run `envivo artifacts fetch`")
    base = tmp_path_factory.getbasetemp()
    directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # one for all workers
    with FileLock(directory / "mediamtx.lock"):
        if not (directory / "mediamtx").exists():
            _extract(cache.path(item) / item.files[0], directory / "mediamtx")
    return directory / "mediamtx"


def _extract(archive: Path, program: Path) -> None:
    """The program of that name out of the only layer of an image."""
    with tarfile.open(archive) as image:
        (layer,) = (member for member in image if member.name.endswith(".tar"))
        with tarfile.open(fileobj=image.extractfile(layer)) as files:
            files.extract(program.name, program.parent, filter="data")


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
    gst: Any = types.ModuleType("envivo_agent.gst")
    gst.encoders = {"x264enc", "openh264enc"}
    gst.lacks = set()
    gst.number = "1.26.2"
    gst.Gst = None
    gst.properties = lambda element: frozenset({"bitrate"} if element in gst.encoders else ())
    gst.absent = lambda factories: [one for one in factories if one in gst.lacks]
    gst.version = lambda: gst.number
    before = set(sys.modules)
    monkeypatch.setitem(sys.modules, "envivo_agent.gst", gst)
    yield gst
    for name in set(sys.modules) - before:
        if name.startswith("envivo_agent."):
            del sys.modules[name]
