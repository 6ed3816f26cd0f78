import json
from typing import Any

import pytest
from envivo_agent.config import Config, parse
from envivo_agent.faults import CAMERA, PIPELINE, SERVER, classify


@pytest.fixture
def camera(document: dict[str, Any]) -> Config:
    document["source"] = {"kind": "v4l2", "device": "/dev/video0", "format": "auto"}
    return parse(json.dumps(document))


RTMP_TLS = "Failed to connect: Peer failed to perform TLS handshake: Error receiving data: Connection reset by peer"
RTSP_OPEN = "Could not open resource for reading and writing."
V4L2 = "../sys/v4l2/v4l2_calls.c(609): gst_v4l2_open (): /GstPipeline:pipeline0/GstV4l2Src:source:\n"


@pytest.mark.parametrize(
    ("element", "message", "debug", "kind", "text"),
    [
        ("sink", RTSP_OPEN, "Failed to connect. (Generic error)", SERVER, "no connection to media1:8554"),
        ("sink", "Unauthorized", "", SERVER, "rtsp://media1:8554/webcam refuses the credentials"),
        ("sink", "Bad Request", "", SERVER, "rtsp://media1:8554/webcam: the server does not take this path"),
        ("sink", "Failed to connect: Connection refused", "", SERVER, "nothing listens at media1:8554"),
        ("sink", "Failed to connect: Error resolving", "", SERVER, "the name media1 is not known"),
        ("sink", "Could not read from resource.", "Timed out (401)", SERVER, "media1:8554 does not answer"),
        ("sink", "Could not read from resource.", "x.c(401): y", SERVER, "media1:8554 ended the connection"),
        ("sink", "connection closed remotely", "", SERVER, "media1:8554 ended the connection"),
        ("sink", RTMP_TLS, "", SERVER, "media1:8554 does not speak RTSP"),
        ("sink", "Something new", "", SERVER, "sink: Something new"),
        ("source", "Device '/dev/video0' is busy", "", CAMERA, "/dev/video0 is in use by another program"),
        ("source", "Cannot identify device '/dev/video0'.", V4L2, CAMERA, "/dev/video0 is not there"),
        ("source", "Could not open", V4L2 + "system error: Permission denied", CAMERA, "/dev/video0 may not be opened"),
        ("source", "Internal data stream error.", "reason error (-5)", CAMERA, "/dev/video0 stopped"),
        (
            "source",
            "Internal data stream error.",
            "streaming stopped, reason not-negotiated (-4)",
            CAMERA,
            "/dev/video0 gives no mjpeg at 1280x720",
        ),
        ("decoder", "Failed to decode JPEG image", "", CAMERA, "decoder: Failed to decode JPEG image"),
        ("encoder", "Can not initialize x264 encoder.", "", PIPELINE, "encoder: Can not initialize x264 encoder."),
    ],
)
def test_fault_says_whose_and_what(
    camera: Config, element: str, message: str, debug: str, kind: str, text: str
) -> None:
    fault = classify(element, message, debug, camera)
    assert (fault.kind, fault.text) == (kind, text)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Unacceptable TLS certificate (bad-identity)",
            "media1:8554 shows a certificate that is not trusted (bad-identity): publish to a name that it is for",
        ),
        (
            "Unacceptable TLS certificate (unknown-ca, expired)",
            "media1:8554 shows a certificate that is not trusted (unknown-ca, expired):"
            " let publish.ca be the authority that signed it, or have a public one sign it;"
            " renew it on the server, unless the clock here is wrong",
        ),
        (
            "Failed to connect: Unacceptable TLS certificate",
            "media1:8554 shows a certificate that is not trusted:"
            " it must be valid today, for that name, and of an authority that is trusted here",
        ),
        (
            "Unacceptable TLS certificate (revoked)",
            "media1:8554 shows a certificate that is not trusted (revoked):"
            " it must be valid today, for that name, and of an authority that is trusted here",
        ),
    ],
)
def test_fault_of_a_certificate_says_why_and_what_would_be_right(camera: Config, said: str, told: str) -> None:
    fault = classify("sink", said, "", camera)
    assert (fault.kind, str(fault)) == (SERVER, told)
