import json
from fractions import Fraction
from typing import Any

import pytest
from envivo_agent.config import Config, parse
from envivo_agent.faults import AUDIO, B_FRAMES, CAMERA, ENCODING, KINDS, PIPELINE, SERVER, Fault, classify, gone
from envivo_agent.modes import Mode

MODE = Mode("mjpeg", 1280, 720, Fraction(30))


@pytest.fixture
def camera(document: dict[str, Any]) -> Config:
    document["source"] = {"kind": "v4l2", "device": "/dev/video0", "format": "auto"}
    document["audio"] = {"kind": "alsa", "device": "hw:1,0", "bitrate_kbps": 64}
    return parse(json.dumps(document))


@pytest.fixture
def clip(document: dict[str, Any]) -> Config:
    document["source"] = {"kind": "file", "file": "/srv/clip.mp4"}
    document["audio"] = {"kind": "test", "bitrate_kbps": 64}
    return parse(json.dumps(document))


@pytest.fixture
def ip_camera(document: dict[str, Any]) -> Config:
    login = {"user": "admin", "password": "p@ss"}
    document["source"] = {"kind": "rtsp", "url": "rtsp://cam/main", **login, "mode": "auto"}
    document["audio"] = {"kind": "camera", "bitrate_kbps": 64}
    return parse(json.dumps(document))


RTMP_TLS = "Failed to connect: Peer failed to perform TLS handshake: Error receiving data: Connection reset by peer"
RTSP_OPEN = "Could not open resource for reading and writing."
RTSP_READ = "Could not read from resource."
STREAM = "Internal data stream error."
V4L2 = "../sys/v4l2/v4l2_calls.c(609): gst_v4l2_open (): /GstPipeline:pipeline0/GstV4l2Src:source:\n"
ALSA = "../ext/alsa/gstalsasrc.c(765): gst_alsasrc_open (): /GstPipeline:pipeline0/GstAlsaSrc:microphone:\n"
NO_AUDIO = "Could not open audio device for recording."


@pytest.mark.parametrize(
    ("element", "message", "debug", "kind", "text"),
    [
        ("sink", RTSP_OPEN, "Failed to connect. (Generic error)", SERVER, "no connection to media1:8554"),
        ("sink", "Unauthorized", "", SERVER, "rtsp://media1:8554/webcam refuses the credentials"),
        ("sink", "Bad Request", "", SERVER,
         "rtsp://media1:8554/webcam: another publisher holds this path, or the server does not know it"),
        ("sink", "Could not setup transport", "", SERVER, "rtsp://media1:8554/webcam: no RTSP over TCP"),
        ("sink", "Failed to connect: Connection refused", "", SERVER, "nothing listens at media1:8554"),
        ("sink", "Failed to connect: Error resolving", "", SERVER, "the name media1 is not known"),
        ("sink", "Failed to connect: No route to host", "", SERVER, "no route to media1"),
        ("sink", RTSP_READ, "Timed out (401)", SERVER, "media1:8554 does not answer"),
        ("sink", RTSP_READ, "x.c(401): y", SERVER, "media1:8554 ended the connection"),
        ("sink", "connection closed remotely", "", SERVER, "media1:8554 ended the connection"),
        ("sink", RTMP_TLS, "", SERVER, "media1:8554 does not speak RTSP"),
        ("sink", "Something new", "", SERVER, "GStreamer's element sink failed (Something new)"),
        ("source", "Device '/dev/video0' is busy", "", CAMERA, "/dev/video0 is in use by another program"),
        ("source", "Cannot identify device '/dev/video0'.", V4L2, CAMERA, "/dev/video0 does not exist"),
        ("source", "Could not open", V4L2 + "system error: Permission denied", CAMERA,
         "/dev/video0 cannot be opened: permission denied"),
        ("source", "x", V4L2 + "No space left on device", CAMERA, "/dev/video0: no bandwidth left on its USB bus"),
        ("source", "Device '/dev/video0' is not a capture device.", "", CAMERA, "/dev/video0 is not a camera"),
        ("source", STREAM, "reason error (-5)", CAMERA, "/dev/video0 stopped"),
        ("source", RTSP_READ, V4L2 + "poll error 1: No such device (19)", CAMERA, "/dev/video0 stopped"),
        ("source", "Failed to allocate required memory.", "Buffer pool activation failed", CAMERA,
         "/dev/video0 stopped"),
        ("source", STREAM, "streaming stopped, reason not-negotiated (-4)", CAMERA,
         "/dev/video0 does not support mjpeg 1280x720 at 30 fps"),
        ("decoder", "Failed to decode JPEG image", "", CAMERA,
         "GStreamer's element decoder failed (Failed to decode JPEG image)"),
        ("microphone", NO_AUDIO, ALSA + "'hw:1,0': No such file", AUDIO, "the audio device hw:1,0 does not exist"),
        ("microphone", NO_AUDIO, ALSA + "Cannot find card", AUDIO, "the audio device hw:1,0 does not exist"),
        ("microphone", f"{NO_AUDIO} Device is being used by another application.", ALSA + "Device or resource busy",
         AUDIO, "the audio device hw:1,0 is in use by another program"),
        ("microphone", NO_AUDIO, ALSA + "Permission denied", AUDIO,
         "the audio device hw:1,0 cannot be opened: permission denied"),
        ("microphone", "Error recording from audio device.", ALSA, AUDIO, "the audio device hw:1,0 stopped"),
        ("encoder", "Can not initialize x264 encoder.", "", ENCODING,
         "GStreamer's element encoder failed (Can not initialize x264 encoder)"),
        ("inlet", STREAM, "reason not-negotiated (-4)", PIPELINE,
         f"GStreamer's element inlet failed ({STREAM[:-1]})"),
        ("pipeline", "the stream ended", "", PIPELINE, "GStreamer's element pipeline failed (the stream ended)"),
    ],
)  # fmt: skip
def test_fault_says_whose_and_what(
    camera: Config, element: str, message: str, debug: str, kind: str, text: str
) -> None:
    fault = classify(element, message, debug, camera, MODE)
    assert (fault.kind, fault.text, fault.stall) == (kind, text, False)
    assert kind in KINDS


@pytest.mark.parametrize(
    ("element", "message", "kind", "text"),
    [
        ("source", "Resource not found.", CAMERA, "/srv/clip.mp4 cannot be played"),
        ("source", 'Could not open file "/srv/clip.mp4" for reading.', CAMERA, "/srv/clip.mp4 does not exist, or"),
        ("source", 'No such file "/srv/clip.mp4"', CAMERA, "/srv/clip.mp4 does not exist, or"),
        ("decoder", "This file contains no playable streams.", CAMERA, "/srv/clip.mp4 cannot be played"),
        ("decoder", "Your GStreamer installation is missing a plug-in.", CAMERA, "/srv/clip.mp4 cannot be played"),
        ("microphone", "x", AUDIO, "the audio device of the test tone stopped"),
    ],
)
def test_fault_of_a_clip_is_told_as_one(clip: Config, element: str, message: str, kind: str, text: str) -> None:
    fault = classify(element, message, "", clip, None)
    assert fault.kind == kind
    assert fault.text.startswith(text)


@pytest.mark.parametrize(
    ("element", "message", "debug", "kind", "text"),
    [
        ("source", "Unauthorized", "Unauthorized (401)", CAMERA, "rtsp://cam/main refuses the user or the password"),
        ("source", "Unhandled error", "No (403)", CAMERA, "rtsp://cam/main refuses the user or the password"),
        ("source", "Not found", "Not Found (404)", CAMERA, "rtsp://cam/main: the camera has no such stream"),
        ("source", "the stream ended", "", CAMERA, "rtsp://cam/main ended the stream"),
        ("source", RTSP_READ, "Timeout while waiting for server response", CAMERA, "rtsp://cam/main does not answer"),
        ("source", STREAM, "reason not-linked (-1)", CAMERA, "rtsp://cam/main does not send what it announces"),
        ("decoder", "Could not decode stream.", "", CAMERA, "rtsp://cam/main does not send what it announces"),
        ("source", RTSP_OPEN, "Failed to connect. (Generic error)", CAMERA,
         "rtsp://cam/main: no connection to the camera, or none that lasts"),
        ("source", B_FRAMES, "", CAMERA, "rtsp://cam/main sends B-frames, which browsers do not play"),
        ("hearing", "Could not decode stream.", "", AUDIO, "the camera's sound cannot be decoded"),
        ("sound", STREAM, "", AUDIO, "the camera's sound cannot be decoded"),
        ("sink", "Unauthorized", "", SERVER, "rtsp://media1:8554/webcam refuses the credentials"),
    ],
)  # fmt: skip
def test_fault_of_an_ip_camera_is_told_as_one(
    ip_camera: Config, element: str, message: str, debug: str, kind: str, text: str
) -> None:
    fault = classify(element, message, debug, ip_camera, None)
    assert (fault.kind, fault.text, bool(fault.fix)) == (kind, text, True)
    assert fault.lasting == ("refuses the user or the password" in text)


def test_fault_of_a_picture_that_was_not_chosen_names_no_mode(camera: Config) -> None:
    fault = classify("source", STREAM, "not-negotiated", camera, None)
    assert fault.text == "/dev/video0 does not support what was asked"


def test_fault_of_what_is_not_there_says_what_to_do(camera: Config, clip: Config) -> None:
    assert str(gone(camera)) == "/dev/video0 does not exist: plug the camera in, or fix the name"
    assert str(gone(clip)) == (
        "/srv/clip.mp4 does not exist, or may not be read: put the clip there, readable by all users"
    )


def test_fault_without_a_remedy_is_its_text() -> None:
    assert str(Fault(PIPELINE, "it broke")) == "it broke"


UNTRUSTED = "media1:8554 shows a certificate that is not trusted"
ANY = "it must be valid today, have that name, and come from an authority that is trusted here"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Unacceptable TLS certificate (bad-identity)",
            f"{UNTRUSTED} (bad-identity): publish to a name in the certificate",
        ),
        (
            "Unacceptable TLS certificate (unknown-ca, expired)",
            f"{UNTRUSTED} (unknown-ca, expired):"
            " name the authority that signed it (root in web.tls; publish.ca of the agent), or use a public one;"
            " renew it on the server, unless the clock here is wrong",
        ),
        ("Failed to connect: Unacceptable TLS certificate", f"{UNTRUSTED}: {ANY}"),
        ("Unacceptable TLS certificate (revoked)", f"{UNTRUSTED} (revoked): {ANY}"),
    ],
)
def test_fault_of_a_certificate_says_why_and_what_would_be_right(camera: Config, said: str, told: str) -> None:
    fault = classify("sink", said, "", camera, MODE)
    assert (fault.kind, str(fault)) == (SERVER, told)


@pytest.mark.parametrize(
    ("message", "lasting"),
    [
        ("Unauthorized", False),
        ("Bad Request", False),
        ("Failed to connect: Connection refused", False),
        ("Failed to connect: Error resolving", False),
        (RTSP_OPEN, False),
        (RTSP_READ, False),
        ("x", False),
        ("Could not setup transport", True),
        (RTMP_TLS, True),
        ("Unacceptable TLS certificate (expired)", True),
    ],
)
def test_fault_lasts_where_another_attempt_does_not_cure_it(
    document: dict[str, Any], message: str, lasting: bool
) -> None:
    assert classify("sink", message, "", parse(json.dumps(document)), None).lasting is lasting
