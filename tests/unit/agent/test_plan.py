"""What is sent, and where to."""

import pytest
from envivo_agent.encoders import ENCODERS

from tests.unit.agent.plans import CLIP, PROTOCOLS, Document, camera, made, value
from tests.unit.agent.plans import encoder as encoder_of


@pytest.mark.parametrize(
    ("element", "protocol", "source"),
    [
        *((encoder.element, "rtsp", "test") for encoder in ENCODERS),
        *(("x264enc", protocol, "test") for protocol in PROTOCOLS[1:]),
        *(("x264enc", "rtsp", source) for source in ("file", "mjpeg", "yuyv")),
    ],
)
def test_plan_pins_what_every_viewer_can_decode(document: Document, element: str, protocol: str, source: str) -> None:
    document["publish"]["protocol"] = protocol
    if source == "file":
        document["source"] = CLIP
    plan = made(document, element) if source in ("test", "file") else camera(document, source, element=element)
    encoder = encoder_of(element)
    raw, _, encoded = plan.publisher.description.partition(f" ! {encoder.element} name=encoder ")
    size = f"video/x-raw,format={encoder.raw},width=1280,height=720"
    assert raw == f"appsrc name=inlet is-live=true format=time max-buffers=2 caps={size},framerate=30/1"
    assert "! video/x-h264,profile=constrained-baseline" in encoded
    assert " ! h264parse config-interval=-1 ! identity name=encoded ! " in encoded
    assert plan.publisher.factories[-1] == {"rtsp": "rtspclientsink", "rtmp": "rtmp2sink"}[protocol.removesuffix("s")]
    if plan.capture:
        assert f" ! {size} ! appsink name=frames" in plan.capture.description
    assert (plan.whole, plan.video.fps) == (True, 30)


def test_plan_of_the_test_picture_has_no_capture(document: Document) -> None:
    assert made(document).capture is None


@pytest.mark.parametrize("form", ["mjpeg", "yuyv"])
def test_plan_leaks_only_before_the_encoder(document: Document, form: str) -> None:
    plan = camera(document, form)
    assert plan.capture is not None
    assert "leaky=downstream" in plan.capture.description
    assert "max-buffers=2 drop=true" in plan.capture.description
    assert "leaky" not in plan.publisher.description + made(document).publisher.description
    assert "videorate" not in plan.printable


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("webcam", "rtmp://media1:1935//webcam?user=publisher&pass=p%26%3Fw"),
        ("live/webcam", "rtmp://media1:1935/live/webcam?user=publisher&pass=p%26%3Fw"),
    ],
)
def test_plan_writes_the_rtmp_location_that_the_server_reads(document: Document, path: str, location: str) -> None:
    document["publish"].update(protocol="rtmp", port=1935, path=path, password="p&?w")
    assert value(made(document).publisher, "location") == location


def test_plan_gives_rtsp_credentials_beside_the_location(document: Document) -> None:
    publisher = made(document).publisher
    assert value(publisher, "location") == "rtsp://media1:8554/webcam"
    assert (value(publisher, "user-id"), value(publisher, "user-pw")) == ("publisher", "s3cret-s3cret")


@pytest.mark.parametrize(
    ("protocol", "location"),
    [
        ("rtsps", "rtsps://media1:8554/webcam"),
        ("rtmps", "rtmps://media1:8554//webcam?user=publisher&pass=s3cret-s3cret"),
    ],
)
def test_plan_differs_from_the_plain_one_in_the_scheme_alone(document: Document, protocol: str, location: str) -> None:
    document["publish"]["protocol"] = protocol.removesuffix("s")
    plain = made(document)
    document["publish"]["protocol"] = protocol
    plan = made(document)
    assert value(plan.publisher, "location") == location
    assert (plan.publisher.description, plan.unsent) == (plain.publisher.description, plain.unsent)


def test_plan_without_credentials_sets_none(document: Document) -> None:
    del document["publish"]["user"], document["publish"]["password"]
    assert [wanted.name for wanted in made(document).publisher.properties] == ["location"]
    document["publish"]["protocol"] = "rtmp"
    assert value(made(document).publisher, "location") == "rtmp://media1:8554//webcam"


@pytest.mark.parametrize(
    ("protocol", "location"),
    [
        ("rtsp", "rtsp://[fd00::1]:8554/webcam"),
        ("rtmp", "rtmp://[fd00::1]:8554//webcam?user=publisher&pass=s3cret-s3cret"),
    ],
)
def test_plan_puts_an_ipv6_address_into_brackets(document: Document, protocol: str, location: str) -> None:
    document["publish"].update(protocol=protocol, host="fd00::1")
    assert value(made(document).publisher, "location") == location


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plan_shows_its_password_nowhere(document: Document, protocol: str) -> None:
    document["publish"].update(protocol=protocol, password="s3cret&/?")
    document["audio"] = {"kind": "alsa", "device": "hw:1,0", "bitrate_kbps": 64}
    plan = camera(document, "mjpeg")
    assert "s3cret" in "".join(wanted.value for wanted in plan.publisher.properties)
    assert "s3cret" not in plan.printable + plan.publisher.description + repr(plan)
    assert "***" in plan.printable


def test_plan_keeps_strings_of_the_configuration_out_of_the_description(document: Document) -> None:
    document["audio"] = {"kind": "alsa", "device": "hw:1,0", "bitrate_kbps": 64}
    plan = camera(document, "yuyv")
    document["source"] = CLIP
    clip = made(document)
    for told in (plan, clip):
        assert told.capture is not None
        text = told.capture.description + told.publisher.description
        assert not any(word in text for word in ("/dev/", "media1", "publisher", "hw:1", "clip", "webcam"))
    assert value(plan.capture, "device") == "/dev/v4l/by-id/usb-x-video-index0"
    assert value(clip.capture, "location") == "/srv/a clip ! of mine.mp4"
    assert value(plan.publisher, "device") == "hw:1,0"
