"""The agent is no part of the controller's package: it is found where the deploy takes it from."""

import copy
import sys
from pathlib import Path
from typing import Any

import pytest

AGENT = Path(__file__).resolve().parents[3] / "agent"
sys.path.insert(0, str(AGENT))

_DOCUMENT = {
    "name": "webcam",
    "source": {"kind": "test"},
    "video": {
        "width": 1280,
        "height": 720,
        "fps": 30,
        "bitrate_kbps": 2500,
        "encoder": "x264",
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
}


@pytest.fixture
def document() -> dict[str, Any]:
    """A good configuration, to be spoilt."""
    return copy.deepcopy(_DOCUMENT)
