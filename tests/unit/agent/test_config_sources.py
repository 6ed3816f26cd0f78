"""The parts of the configuration whose keys depend on their kind: picture and sound."""

import json
from typing import Any

import pytest
from envivo_agent.config import FORMATS, Audio, ConfigError, Source, parse

NODE = "/dev/video0"
BY_ID = "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920-video-index0"
CLIP = "/srv/Übung eins.mkv"
STREAM = "rtsp://[fd00::5]:8554/cam/realmonitor?channel=1&subtype=0"
IP_CAMERA = {"kind": "rtsp", "url": STREAM, "user": "admin", "password": "p@ss:w/rd", "mode": "auto"}


@pytest.mark.parametrize(
    ("told", "taken", "place"),
    [
        ({"kind": "test"}, Source("test"), ""),
        ({"kind": "v4l2", "device": BY_ID, "format": "auto"}, Source("v4l2", BY_ID, "auto"), BY_ID),
        *(({"kind": "v4l2", "device": NODE, "format": form}, Source("v4l2", NODE, form), NODE) for form in FORMATS),
        ({"kind": "file", "file": CLIP}, Source("file", file=CLIP), CLIP),
        (IP_CAMERA, Source("rtsp", url=STREAM, user="admin", password="p@ss:w/rd", mode="auto"), STREAM),
        ({**IP_CAMERA, "user": "", "password": ""}, Source("rtsp", url=STREAM, mode="auto"), STREAM),
    ],
)
def test_config_of_every_source_is_taken(document: dict[str, Any], told: object, taken: Source, place: str) -> None:
    document["source"] = told
    source = parse(json.dumps(document)).source
    assert (source, source.place) == (taken, place)


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ({"kind": "none"}, Audio("none")),
        ({"kind": "test", "bitrate_kbps": 64}, Audio("test", "", 64)),
        ({"kind": "alsa", "device": "default", "bitrate_kbps": 16}, Audio("alsa", "default", 16)),
        ({"kind": "alsa", "device": "hw:CARD=C9,DEV=0", "bitrate_kbps": 256}, Audio("alsa", "hw:CARD=C9,DEV=0", 256)),
        ({"kind": "alsa", "device": "plughw:1,0", "bitrate_kbps": 64}, Audio("alsa", "plughw:1,0", 64)),
        ({"kind": "camera", "bitrate_kbps": 64}, Audio("camera", "", 64)),
    ],
)
def test_config_of_every_sound_is_taken(document: dict[str, Any], told: object, taken: Audio) -> None:
    document["audio"] = told
    assert parse(json.dumps(document)).audio == taken


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("rtsp://cam/", "cam", 554),
        ("rtsp://192.168.1.50:8554", "192.168.1.50", 8554),
        (STREAM, "fd00::5", 8554),
        ("rtsp://[::1]/main", "::1", 554),
    ],
)
def test_server_of_an_ip_camera_is_part_of_its_address(url: str, host: str, port: int) -> None:
    assert Source("rtsp", url=url).server == (host, port)


ADDRESS = "source.url: must be an address such as rtsp://192.168.1.50:554/stream, without a password"
DEVICE = "source.device: must be a device below /dev, better its name in /dev/v4l/by-id"
CARD = "audio.device: must be an ALSA device, such as default or hw:1,0"
KNOWN = "auto, mjpeg, yuyv, nv12, yu12, yv12, nv21, uyvy, yvyu, vyuy, nv16, 422p, rgb3, bgr3, xr24, grey, h264"
RATE = "audio.bitrate_kbps: must be a whole number from 16 to 256"


@pytest.mark.parametrize(
    ("section", "told", "problems"),
    [
        ("source", [], ["source: must be an object"]),
        ("source", {}, ["source.kind: is missing: must be one of test, v4l2, file, rtsp"]),
        ("source", {"kind": "rtmp", "device": "x"}, ['source.kind: must be one of test, v4l2, file, rtsp, is "rtmp"']),
        ("source", {"kind": []}, ["source.kind: must be one of test, v4l2, file, rtsp, is []"]),
        ("source", {"kind": "test", "device": NODE}, ["source.device: is not a known key: known keys: kind"]),
        ("source", {"kind": "v4l2"},
         ["source.device: is missing: must be a device below /dev, better its name in /dev/v4l/by-id",
          f"source.format: is missing: must be one of {KNOWN}"]),
        ("source", {"kind": "v4l2", "device": "video0", "format": "h265", "file": "/clip.mp4"},
         [f'{DEVICE}, is "video0"',
          f'source.format: must be one of {KNOWN}, is "h265"',
          "source.file: is not a known key: known keys: kind, device, format, controls"]),
        ("source", {"kind": "v4l2", "device": f"{NODE} ! fakesink", "format": "auto"},
         [f'{DEVICE}, is "{NODE} ! fakesink"']),
        ("source", {"kind": "file"}, ["source.file: is missing: must be the full path of a clip"]),
        ("source", {"kind": "file", "file": "clip.mp4"},
         ['source.file: must be the full path of a clip, is "clip.mp4"']),
        ("source", {"kind": "file", "file": "/clip\n.mp4", "format": "auto"},
         ['source.file: must be the full path of a clip, is "/clip\\n.mp4"',
          "source.format: is not a known key: known keys: kind, file"]),
        ("source", {"kind": "rtsp"},
         [ADDRESS.replace(": must", ": is missing: must"),
          "source.user: is missing: must be visible ASCII characters without a colon, or empty",
          "source.password: is missing: must be visible ASCII characters, or empty",
          "source.mode: is missing: must be one of auto, passthrough, transcode"]),
        ("source", {**IP_CAMERA, "url": "rtsp://a:secret@cam/"}, [f"{ADDRESS}, is something else"]),
        *(("source", {**IP_CAMERA, "url": f"rtsp://{rest}"}, [f"{ADDRESS}, is something else"])
          for rest in ("cam/user=a&password=secret", "viewer:1234/5@192.168.1.5/x", "cam/main@x", "cam/?psw=secret",
                       "cam/?PW=secret", "cam/?auth=secret", "cam/?authbasic=secret", "cam/?a=1&token=secret")),
        ("source", {**IP_CAMERA, "password": "é", "device": NODE},
         ["source.password: must be visible ASCII characters, or empty, is something else",
          "source.device: is not a known key: known keys: kind, url, user, password, mode"]),
        ("audio", "none", ["audio: must be an object"]),
        ("audio", {}, ["audio.kind: is missing: must be one of none, test, alsa, camera"]),
        ("audio", {"kind": "pulse", "device": "x"},
         ['audio.kind: must be one of none, test, alsa, camera, is "pulse"']),
        ("audio", {"kind": "none", "bitrate_kbps": 64}, ["audio.bitrate_kbps: is not a known key: known keys: kind"]),
        ("audio", {"kind": "test", "device": "default"},
         ["audio.bitrate_kbps: is missing: must be a whole number from 16 to 256",
          "audio.device: is not a known key: known keys: kind, bitrate_kbps"]),
        ("audio", {"kind": "alsa", "bitrate_kbps": 15},
         ["audio.device: is missing: must be an ALSA device, such as default or hw:1,0", f"{RATE}, is 15"]),
        ("audio", {"kind": "alsa", "device": "hw:1 ! x", "bitrate_kbps": 257, "rate": 48000},
         [f'{CARD}, is "hw:1 ! x"', f"{RATE}, is 257",
          "audio.rate: is not a known key: known keys: kind, device, bitrate_kbps"]),
    ],
)  # fmt: skip
def test_config_of_a_bad_section_tells_all_that_is_wrong(
    document: dict[str, Any], section: str, told: object, problems: list[str]
) -> None:
    document[section] = told
    with pytest.raises(ConfigError) as caught:
        parse(json.dumps(document))
    assert caught.value.problems == problems
