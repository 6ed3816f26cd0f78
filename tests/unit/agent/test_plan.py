import json
from typing import Any

import pytest
from envivo_agent.config import parse
from envivo_agent.plan import Plan, missing_packages, plan

Document = dict[str, Any]


def _plan(document: Document) -> Plan:
    return plan(parse(json.dumps(document)))


def _value(made: Plan, name: str) -> str:
    return next(wanted.value for wanted in made.properties if wanted.name == name)


@pytest.mark.parametrize("encoder", ["x264", "openh264"])
@pytest.mark.parametrize("protocol", ["rtsp", "rtmp", "rtsps", "rtmps"])
@pytest.mark.parametrize(
    "source",
    [
        {"kind": "test"},
        {"kind": "v4l2", "device": "/dev/video0", "format": "mjpeg"},
        {"kind": "v4l2", "device": "/dev/video0", "format": "yuyv"},
    ],
)
def test_plan_pins_what_every_viewer_can_decode(
    document: Document, encoder: str, protocol: str, source: object
) -> None:
    document["source"] = source
    document["video"]["encoder"] = encoder
    document["publish"]["protocol"] = protocol
    made = _plan(document)
    raw, _, encoded = made.description.partition(f" ! {encoder}enc ")
    assert "video/x-raw,format=I420,width=1280,height=720,framerate=30/1" in raw
    assert "! video/x-h264,profile=constrained-baseline ! h264parse config-interval=-1" in encoded
    assert made.factories[-1] == {"rtsp": "rtspclientsink", "rtmp": "rtmp2sink"}[protocol.removesuffix("s")]


def test_plan_has_a_key_frame_each_second_and_no_b_frames(document: Document) -> None:
    document["video"]["fps"] = 25
    assert "key-int-max=25 bframes=0" in _plan(document).description
    document["video"]["encoder"] = "openh264"
    assert "bitrate=2500000 complexity=low gop-size=25" in _plan(document).description


@pytest.mark.parametrize(
    ("preset", "speed"), [("low-cpu", "ultrafast"), ("balanced", "superfast"), ("quality", "veryfast")]
)
def test_plan_preset_is_a_speed_of_x264(document: Document, preset: str, speed: str) -> None:
    document["video"]["preset"] = preset
    assert f"tune=zerolatency speed-preset={speed} " in _plan(document).description


def test_plan_leaks_only_before_the_encoder_and_closes_the_gap(document: Document) -> None:
    document["source"] = {"kind": "v4l2", "device": "/dev/video0", "format": "auto"}
    before, _, after = _plan(document).description.partition("x264enc")
    assert before.index("leaky=downstream") < before.index("videorate")
    assert "leaky" not in after


@pytest.mark.parametrize(
    ("width", "height", "chosen"), [(640, 480, "format=YUY2"), (320, 180, "format=YUY2"), (1280, 720, "image/jpeg")]
)
def test_plan_chooses_the_format_that_fits_through_usb(
    document: Document, width: int, height: int, chosen: str
) -> None:
    document["source"] = {"kind": "v4l2", "device": "/dev/video0", "format": "auto"}
    document["video"].update(width=width, height=height)
    assert chosen in _plan(document).description


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("webcam", "rtmp://media1:1935//webcam?user=publisher&pass=p%26%3Fw"),
        ("live/webcam", "rtmp://media1:1935/live/webcam?user=publisher&pass=p%26%3Fw"),
    ],
)
def test_plan_writes_the_rtmp_location_that_the_server_reads(document: Document, path: str, location: str) -> None:
    document["publish"].update(protocol="rtmp", port=1935, path=path, password="p&?w")
    assert _value(_plan(document), "location") == location


def test_plan_gives_rtsp_credentials_beside_the_location(document: Document) -> None:
    made = _plan(document)
    assert _value(made, "location") == "rtsp://media1:8554/webcam"
    assert (_value(made, "user-id"), _value(made, "user-pw")) == ("publisher", "s3cret-s3cret")


@pytest.mark.parametrize(
    ("protocol", "location"),
    [
        ("rtsps", "rtsps://media1:8554/webcam"),
        ("rtmps", "rtmps://media1:8554//webcam?user=publisher&pass=s3cret-s3cret"),
    ],
)
def test_plan_differs_from_the_plain_one_in_the_scheme_alone(document: Document, protocol: str, location: str) -> None:
    document["publish"]["protocol"] = protocol.removesuffix("s")
    plain = _plan(document)
    document["publish"]["protocol"] = protocol
    made = _plan(document)
    assert _value(made, "location") == location
    assert (made.description, made.unsent) == (plain.description, plain.unsent)


def test_plan_without_credentials_sets_none(document: Document) -> None:
    del document["publish"]["user"], document["publish"]["password"]
    assert [wanted.name for wanted in _plan(document).properties] == ["location"]
    document["publish"]["protocol"] = "rtmp"
    assert _value(_plan(document), "location") == "rtmp://media1:8554//webcam"


def test_plan_puts_an_ipv6_address_into_brackets(document: Document) -> None:
    document["publish"]["host"] = "fd00::1"
    assert _value(_plan(document), "location") == "rtsp://[fd00::1]:8554/webcam"


@pytest.mark.parametrize("protocol", ["rtsp", "rtmp", "rtsps", "rtmps"])
def test_plan_shows_its_password_nowhere(document: Document, protocol: str) -> None:
    document["publish"]["protocol"] = protocol
    made = _plan(document)
    assert "s3cret" in "".join(wanted.value for wanted in made.properties)
    assert "s3cret" not in made.printable + made.description + repr(made)
    assert "***" in made.printable


def test_plan_keeps_strings_of_the_configuration_out_of_the_description(document: Document) -> None:
    document["source"] = {"kind": "v4l2", "device": "/dev/v4l/by-id/usb-x-video-index0", "format": "yuyv"}
    made = _plan(document)
    assert not {"/dev", "media1", "publisher"} & set(made.description.replace("=", " ").split())
    assert _value(made, "device") == "/dev/v4l/by-id/usb-x-video-index0"


def test_plan_names_the_packages_of_missing_elements() -> None:
    assert missing_packages(["x264enc", "rtspclientsink", "h264parse"]) == (
        "GStreamer has no h264parse, rtspclientsink, x264enc: apt-get install"
        " gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-rtsp"
    )
