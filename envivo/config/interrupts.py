"""Whom a change of a setting interrupts, once it is deployed.

It follows from what a deploy does: MediaMTX reopens parts of itself, Caddy loads a new file and closes nothing, a
container is recreated, coturn is restarted, an agent publishes again
(docs/reference/interruptions.md).
"""

from enum import StrEnum


class Interrupts(StrEnum):
    """Metadata of a field, `Annotated[Port, Interrupts.EVERYBODY]`, or of all fields of a model (`interrupts`)."""

    words: str
    """For people."""

    def __new__(cls, value: str, words: str) -> "Interrupts":
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member

    NOBODY = "nobody", "nobody"
    REMOVED = "removed", "nobody; if you remove an entry: its publisher and its viewers"
    WEBRTC = "webrtc", "WebRTC viewers, who reconnect within seconds"
    HLS = "hls", "HLS viewers"
    WEBRTC_AND_HLS = "webrtc-and-hls", "WebRTC and HLS viewers, who reconnect within seconds"
    RELAYED = "relayed", "viewers through a relay, who reconnect"
    RTMP = "rtmp", "RTMP publishers and their viewers"
    RTSP = "rtsp", "RTSP publishers and their viewers"
    CAMERA = "camera", "the camera's viewers, for a second or two"
    V4L2_ENCODER = "v4l2-encoder", "nobody; with a V4L2 encoder the camera's viewers, for a second or two"
    REMOTE_CAMERAS = "remote-cameras", "viewers of cameras on other hosts, for a second or two"
    PAGE_AND_HLS = "page-and-hls", "the page and HLS viewers"
    EVERYBODY = "everybody", "everybody"
