"""The agent is no part of the controller's package: it is found where the deploy takes it from."""

import copy
import platform
import shutil
import sys
import tarfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from envivo.artifacts import ARCHITECTURES, CACHE
from envivo.artifacts.cache import Cache
from envivo.artifacts.lock import architecture, load

AGENT = Path(__file__).resolve().parents[3] / "agent"
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
        pytest.skip(f"{item.label} is not in the cache: run `envivo artifacts fetch`")
    program = tmp_path_factory.mktemp("mediamtx") / "mediamtx"
    with tarfile.open(cache.path(item) / item.files[0]) as image:
        for member in image:
            content = image.extractfile(member) if member.name.endswith(".tar") else None
            if content:
                with tarfile.open(fileobj=content) as layer, program.open("wb") as file:
                    shutil.copyfileobj(layer.extractfile(program.name) or pytest.fail("no program"), file)
                program.chmod(0o700)
                return program
    pytest.fail(f"{item.label} holds no layer with the program")


@pytest.fixture
def small(document: dict[str, Any]) -> dict[str, Any]:
    """One that is quick to encode."""
    document["video"].update(width=320, height=180, fps=15, bitrate_kbps=300, keyframe_interval_ms=1000)
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
