"""The parts of the configuration whose keys depend on their kind: picture and sound."""

import json
from typing import Any

import pytest
from envivo_agent.config import Audio, ConfigError, Source, parse

Document = dict[str, Any]
NODE = "/dev/video0"
BY_ID = "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920-video-index0"


def _problems(document: Document) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(json.dumps(document))
    return caught.value.problems


@pytest.mark.parametrize(
    ("told", "taken", "place"),
    [
        ({"kind": "test"}, Source("test"), ""),
        ({"kind": "v4l2", "device": BY_ID, "format": "auto"}, Source("v4l2", BY_ID, "auto"), BY_ID),
        ({"kind": "v4l2", "device": NODE, "format": "h264"}, Source("v4l2", NODE, "h264"), NODE),
        ({"kind": "v4l2", "device": NODE, "format": "mjpeg"}, Source("v4l2", NODE, "mjpeg"), NODE),
        ({"kind": "v4l2", "device": NODE, "format": "yuyv"}, Source("v4l2", NODE, "yuyv"), NODE),
        ({"kind": "file", "file": "/srv/my clip.mp4"}, Source("file", file="/srv/my clip.mp4"), "/srv/my clip.mp4"),
        ({"kind": "file", "file": "/srv/Übung.mkv"}, Source("file", file="/srv/Übung.mkv"), "/srv/Übung.mkv"),
    ],
)
def test_config_of_every_source_is_taken(document: Document, told: Document, taken: Source, place: str) -> None:
    document["source"] = told
    source = parse(json.dumps(document)).source
    assert (source, source.place) == (taken, place)


@pytest.mark.parametrize(
    ("told", "problems"),
    [
        ({}, ["source.kind: is missing: must be one of test, v4l2, file"]),
        ({"kind": "rtsp", "device": "x"}, ['source.kind: must be one of test, v4l2, file, is "rtsp"']),
        ({"kind": []}, ["source.kind: must be one of test, v4l2, file, is []"]),
        ({"kind": "test", "device": "/dev/video0"}, ["source.device: is not a known key: known are kind"]),
        (
            {"kind": "v4l2"},
            [
                "source.device: is missing: must be a device below /dev, better its name in /dev/v4l/by-id",
                "source.format: is missing: must be one of auto, mjpeg, yuyv, h264",
            ],
        ),
        (
            {"kind": "v4l2", "device": "video0", "format": "nv12", "file": "/clip.mp4"},
            [
                'source.device: must be a device below /dev, better its name in /dev/v4l/by-id, is "video0"',
                'source.format: must be one of auto, mjpeg, yuyv, h264, is "nv12"',
                "source.file: is not a known key: known are kind, device, format",
            ],
        ),
        (
            {"kind": "v4l2", "device": "/dev/video0 ! fakesink", "format": "auto"},
            [
                "source.device: must be a device below /dev, better its name in /dev/v4l/by-id,"
                ' is "/dev/video0 ! fakesink"'
            ],
        ),
        ({"kind": "file"}, ["source.file: is missing: must be the full path of a clip"]),
        ({"kind": "file", "file": "clip.mp4"}, ['source.file: must be the full path of a clip, is "clip.mp4"']),
        ({"kind": "file", "file": "/clip\n.mp4"}, ['source.file: must be the full path of a clip, is "/clip\\n.mp4"']),
        (
            {"kind": "file", "file": "/clip.mp4", "format": "auto"},
            ["source.format: is not a known key: known are kind, file"],
        ),
        ([], ["source: must be an object"]),
    ],
)
def test_config_of_a_bad_source_tells_all_that_is_wrong(document: Document, told: object, problems: list[str]) -> None:
    document["source"] = told
    assert _problems(document) == problems


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ({"kind": "none"}, Audio("none")),
        ({"kind": "test", "bitrate_kbps": 64}, Audio("test", "", 64)),
        ({"kind": "alsa", "device": "default", "bitrate_kbps": 16}, Audio("alsa", "default", 16)),
        ({"kind": "alsa", "device": "hw:CARD=C9,DEV=0", "bitrate_kbps": 256}, Audio("alsa", "hw:CARD=C9,DEV=0", 256)),
        ({"kind": "alsa", "device": "plughw:1,0", "bitrate_kbps": 64}, Audio("alsa", "plughw:1,0", 64)),
    ],
)
def test_config_of_every_sound_is_taken(document: Document, told: Document, taken: Audio) -> None:
    document["audio"] = told
    assert parse(json.dumps(document)).audio == taken


@pytest.mark.parametrize(
    ("told", "problems"),
    [
        ({}, ["audio.kind: is missing: must be one of none, test, alsa"]),
        ({"kind": "pulse", "device": "x"}, ['audio.kind: must be one of none, test, alsa, is "pulse"']),
        ({"kind": "none", "bitrate_kbps": 64}, ["audio.bitrate_kbps: is not a known key: known are kind"]),
        ({"kind": "test"}, ["audio.bitrate_kbps: is missing: must be a whole number from 16 to 256"]),
        (
            {"kind": "test", "device": "default", "bitrate_kbps": 64},
            ["audio.device: is not a known key: known are kind, bitrate_kbps"],
        ),
        (
            {"kind": "alsa", "bitrate_kbps": 15},
            [
                "audio.device: is missing: must be an ALSA device, such as default or hw:1,0",
                "audio.bitrate_kbps: must be a whole number from 16 to 256, is 15",
            ],
        ),
        (
            {"kind": "alsa", "device": "hw:1 ! x", "bitrate_kbps": 257, "rate": 48000},
            [
                'audio.device: must be an ALSA device, such as default or hw:1,0, is "hw:1 ! x"',
                "audio.bitrate_kbps: must be a whole number from 16 to 256, is 257",
                "audio.rate: is not a known key: known are kind, device, bitrate_kbps",
            ],
        ),
        ("none", ["audio: must be an object"]),
    ],
)
def test_config_of_bad_sound_tells_all_that_is_wrong(document: Document, told: object, problems: list[str]) -> None:
    document["audio"] = told
    assert _problems(document) == problems
