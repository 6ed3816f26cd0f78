import importlib
from typing import Any

import pytest

PCM = """00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1
00-03: HDMI 0 : HDMI 0 : playback 1
01-00: USB Audio : USB Audio : capture 1
12-10: HD Pro Webcam C920: USB: Audio : capture 2
"""


@pytest.mark.parametrize(
    ("pcm", "found"),
    [
        (PCM, [("hw:0,0", "ALC257 Analog"), ("hw:1,0", "USB Audio"), ("hw:12,10", "HD Pro Webcam C920")]),
        ("00-03: HDMI 0 : HDMI 0 : playback 1\n", []),
        ("", []),
        ("no device\n", []),
    ],
)
def test_probe_names_the_devices_that_hear(gst: Any, pcm: str, found: list[tuple[str, str]]) -> None:
    gst.GLib = gst.Gst
    probe = importlib.import_module("envivo_agent.gst.probe")
    assert [(one["device"], one["name"]) for one in probe.alsa_devices(pcm)] == found
