"""Where the picture and the sound come from."""

import re
import subprocess
from pathlib import Path

import pytest
from envivo_agent.modes import RAW

from tests.patience import patient
from tests.unit.agent.plans import CLIP, Document, camera, made

TONE = {"kind": "test", "bitrate_kbps": 64}
MICROPHONE = {"kind": "alsa", "device": "hw:1,0", "bitrate_kbps": 96}


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ("mjpeg", "image/jpeg,width=1280,height=720,framerate=30/1 ! queue leaky=downstream"),
        *(
            (form, f"video/x-raw,format={known},width=1280,height=720,framerate=30/1 ! queue leaky=downstream")
            for form, known in RAW.items()
        ),
        ("h264", "video/x-h264,width=1280,height=720,framerate=30/1 ! h264parse"),
    ],
)
def test_plan_asks_the_camera_for_its_mode(document: Document, form: str, asked: str) -> None:
    capture = camera(document, form).capture
    assert capture is not None
    assert capture.description.startswith(f"v4l2src name=source ! {asked}")


@pytest.mark.parametrize(("rate", "asked", "published"), [(10, "10/1", 10), (7.5, "15/2", 8), (60, "60/1", 30)])
def test_plan_publishes_no_more_frames_than_the_camera_gives(
    document: Document, rate: float, asked: str, published: int
) -> None:
    plan = camera(document, "mjpeg", rate)
    assert plan.capture is not None
    assert f"framerate={asked} " in plan.capture.description
    assert f"framerate={published}/1 " in plan.publisher.description
    assert f"key-int-max={published // 2} " in plan.publisher.description
    assert plan.video.fps == published


def test_plan_of_coded_frames_has_no_encoder_and_a_place_for_each(document: Document) -> None:
    assert [camera(document, "h264", rate).video.fps for rate in (10, 30, 60)] == [10, 30, 60]
    plan = camera(document, "h264")
    assert plan.capture is not None
    text = plan.publisher.description
    assert text.startswith("appsrc name=inlet is-live=true format=time max-buffers=2 ! h264parse config-interval=-1 ")
    assert not re.search(r"264enc|caps=|jpegdec|videoconvert|leaky", text + plan.capture.description)
    assert "stream-format=byte-stream,alignment=au" in plan.capture.description
    assert plan.capture.description.endswith("appsink name=frames max-buffers=50 drop=false sync=false")
    assert not plan.whole


def test_plan_of_a_clip_plays_it_in_time_and_in_the_wanted_size(document: Document) -> None:
    document["source"] = CLIP
    plan = made(document)
    assert plan.capture is not None
    assert plan.capture.description.startswith("filesrc name=source ! decodebin name=decoder ! ")
    assert " videoscale ! video/x-raw,format=I420,width=1280,height=720 ! " in plan.capture.description
    assert "sync=true" in plan.capture.description


@pytest.mark.parametrize(
    ("protocol", "audio", "coder"),
    [
        ("rtsp", TONE, "opusenc bitrate=64000 "),
        ("rtsps", MICROPHONE, "opusenc bitrate=96000 "),
        ("rtmp", TONE, "voaacenc bitrate=64000 ! aacparse "),
        ("rtmps", MICROPHONE, "voaacenc bitrate=96000 ! aacparse "),
    ],
)
def test_plan_codes_sound_as_the_protocol_can_carry_it(
    document: Document, protocol: str, audio: Document, coder: str
) -> None:
    document["publish"]["protocol"] = protocol
    document["audio"] = audio
    text = made(document).publisher.description
    assert f" ! audio/x-raw,rate=48000,channels=2 ! {coder}" in text


@pytest.mark.parametrize("protocol", ["rtsp", "rtsps"])
def test_plan_codes_sound_so_that_lost_packets_can_be_repaired(
    document: Document, tmp_path: Path, protocol: str
) -> None:
    """Packets in a mode of Opus that has in-band FEC (RFC 6716, section 4.2.4), of which some carry it."""
    document["publish"]["protocol"] = protocol
    document["audio"] = TONE
    found = re.search(r"opusenc [^!]*", made(document).publisher.description)
    assert found
    source = ("audiotestsrc", "num-buffers=200", "samplesperbuffer=480", "volume=0.1", "!", "audioconvert", "!")
    caps = ("audio/x-raw,rate=48000,channels=2", "!")
    sink = ("!", "multifilesink", f"location={tmp_path}/%03d")
    argv = ("gst-launch-1.0", "-q", *source, *caps, *found[0].split(), *sink)
    subprocess.run(argv, check=True, timeout=patient(20), capture_output=True)
    packets = [file.read_bytes() for file in sorted(tmp_path.iterdir())]
    assert {packet[0] >> 3 < 16 for packet in packets} == {True}, "CELT alone has none"
    assert any(packet[1] & 0x40 for packet in packets), "no packet carries the one before it"


def test_plan_opens_the_microphone_with_small_buffers_and_not_as_the_clock(document: Document) -> None:
    document["audio"] = MICROPHONE
    text = made(document).publisher.description
    assert "alsasrc name=microphone provide-clock=false buffer-time=40000 latency-time=10000 " in text


def test_plan_of_rtsp_links_the_sound_before_the_picture(document: Document) -> None:
    """rtspclientsink announces its tracks in the opposite order of their making, whatever the pads are called."""
    document["audio"] = TONE
    text = made(document).publisher.description
    assert text.index("audiotestsrc") < text.index("appsrc")


@pytest.mark.parametrize("protocol", ["rtsp", "rtmp"])
def test_plan_that_may_not_be_heard_is_the_silent_one(document: Document, protocol: str) -> None:
    document["publish"]["protocol"] = protocol
    silent = made(document)
    document["audio"] = MICROPHONE
    assert made(document, audible=False) == silent
    assert made(document) != silent


@pytest.mark.parametrize(
    ("source", "protocol", "audio", "elements"),
    [
        ("test", "rtsp", {"kind": "none"}, "appsrc x264enc h264parse identity queue rtspclientsink"),
        ("mjpeg", "rtsps", TONE,
         "v4l2src queue jpegdec videoconvert appsink appsrc x264enc h264parse identity rtspclientsink "
         "audiotestsrc audioconvert audioresample opusenc"),
        ("h264", "rtmp", MICROPHONE,
         "v4l2src h264parse appsink appsrc identity queue flvmux rtmp2sink "
         "alsasrc audioconvert audioresample voaacenc aacparse"),
    ],
)  # fmt: skip
def test_plan_knows_the_names_of_its_elements(
    document: Document, source: str, protocol: str, audio: Document, elements: str
) -> None:
    """An element that is not installed is found by them."""
    document["publish"]["protocol"] = protocol
    document["audio"] = audio
    plan = made(document) if source == "test" else camera(document, source)
    assert set(plan.factories) == set(elements.split())


def test_plan_that_is_printed_has_one_element_a_line(document: Document) -> None:
    printed = camera(document, "mjpeg").printable.splitlines()
    assert printed[0] == "v4l2src name=source"
    assert "  ! jpegdec name=decoder" in printed
    assert "source.device = /dev/v4l/by-id/usb-x-video-index0" in printed
    assert "sink.user-pw = ***" in printed
