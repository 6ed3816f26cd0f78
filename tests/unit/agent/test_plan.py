"""What is sent, and where to."""

import pytest
from envivo_agent.encoders import ENCODERS

from tests.unit.agent.plans import CLIP, PROTOCOLS, Document, camera, made, value

ALSA = {"kind": "alsa", "device": "hw:1,0", "bitrate_kbps": 64}


@pytest.mark.parametrize("source", ["test", "mjpeg", "yuyv"])
def test_plan_pins_what_every_viewer_can_decode(document: Document, source: str) -> None:
    for encoder in ENCODERS:
        plan = made(document, encoder.element) if source == "test" else camera(document, source, 30, encoder.element)
        raw, _, encoded = plan.publisher.description.partition(f" ! {encoder.element} name=encoder ")
        size = f"video/x-raw,format={encoder.raw},width=1280,height=720"
        assert raw == f"appsrc name=inlet is-live=true format=time max-buffers=2 caps={size},framerate=30/1"
        assert "! video/x-h264,profile=constrained-baseline" in encoded
        assert " ! h264parse config-interval=-1 ! identity name=encoded ! " in encoded
        assert (plan.capture is None) is (source == "test")
        assert plan.capture is None or f" ! {size} ! appsink name=frames" in plan.capture.description
        assert (plan.whole, plan.video.fps) == (True, 30)


@pytest.mark.parametrize("form", ["mjpeg", "yuyv"])
def test_plan_leaks_only_before_the_encoder(document: Document, form: str) -> None:
    plan = camera(document, form)
    assert plan.capture is not None
    assert "leaky=downstream" in plan.capture.description
    assert "max-buffers=2 drop=true" in plan.capture.description
    assert "leaky" not in plan.publisher.description + made(document).publisher.description
    assert "videorate" not in plan.printable


SECRET = "?user=publisher&pass=s3cret-s3cret"


@pytest.mark.parametrize(
    ("publish", "location"),
    [
        ({"protocol": "rtsp"}, "rtsp://media1:8554/webcam"),
        ({"protocol": "rtsps"}, "rtsps://media1:8554/webcam"),
        ({"protocol": "rtsp", "host": "fd00::1"}, "rtsp://[fd00::1]:8554/webcam"),
        ({"protocol": "rtmp", "user": ""}, "rtmp://media1:8554//webcam"),
        ({"protocol": "rtmp", "path": "live/webcam", "port": 1935}, f"rtmp://media1:1935/live/webcam{SECRET}"),
        ({"protocol": "rtmp", "password": "p&?w"}, "rtmp://media1:8554//webcam?user=publisher&pass=p%26%3Fw"),
        ({"protocol": "rtmp", "host": "fd00::1"}, f"rtmp://[fd00::1]:8554//webcam{SECRET}"),
        ({"protocol": "rtmps"}, f"rtmps://media1:8554//webcam{SECRET}"),
    ],
)
def test_plan_writes_the_location_that_the_server_reads(document: Document, publish: Document, location: str) -> None:
    document["publish"].update(publish)
    if publish.get("user") == "":
        del document["publish"]["user"], document["publish"]["password"]
    assert value(made(document).publisher, "location") == location


def test_plan_gives_rtsp_the_credentials_there_are_beside_the_location(document: Document) -> None:
    publisher = made(document).publisher
    assert (value(publisher, "user-id"), value(publisher, "user-pw")) == ("publisher", "s3cret-s3cret")
    del document["publish"]["user"], document["publish"]["password"]
    assert [wanted.name for wanted in made(document).publisher.properties] == ["location"]


@pytest.mark.parametrize("protocol", ["rtsp", "rtmp"])
def test_plan_of_an_encrypted_protocol_has_the_pipeline_of_the_plain_one(document: Document, protocol: str) -> None:
    document["publish"]["protocol"] = protocol
    plain = made(document)
    document["publish"]["protocol"] = f"{protocol}s"
    assert (made(document).publisher.description, made(document).unsent) == (plain.publisher.description, plain.unsent)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plan_shows_its_password_nowhere(document: Document, protocol: str) -> None:
    document["publish"].update(protocol=protocol, password="s3cret&/?")
    plan = camera({**document, "audio": ALSA}, "mjpeg")
    assert "s3cret" in "".join(wanted.value for wanted in plan.publisher.properties)
    assert "s3cret" not in plan.printable + plan.publisher.description + repr(plan)
    assert "***" in plan.printable


def test_plan_keeps_strings_of_the_configuration_out_of_the_description(document: Document) -> None:
    document["audio"] = ALSA
    plan, clip = camera(document, "yuyv"), made({**document, "source": CLIP})
    for told in (plan, clip):
        assert told.capture is not None
        text = told.capture.description + told.publisher.description
        assert not any(word in text for word in ("/dev/", "media1", "publisher", "hw:1", "clip", "webcam"))
    assert value(plan.capture, "device") == "/dev/v4l/by-id/usb-x-video-index0"
    assert value(clip.capture, "location") == "/srv/a clip ! of mine.mp4"
    assert value(plan.publisher, "device") == "hw:1,0"
