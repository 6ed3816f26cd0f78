"""Cameras: each is one agent that publishes to the path of the same name."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envivo.config.types import Flag, Settings, Text, Whole
from envivo.config.values import matching, optional
from envivo.core.quoting import shown

PACKAGES = (
    "ca-certificates",
    "gir1.2-gstreamer-1.0",
    "glib-networking",
    "gstreamer1.0-alsa",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-ugly",
    "gstreamer1.0-rtsp",
    "python3-gi",
)


def clip(file: str) -> str:
    """What `open` takes (Linux: 4095 bytes, each name 255), and a log shows as it is."""
    names = [len(name.encode()) for name in file.split("/")]
    if not (file.startswith("/") and file.isprintable() and max(names) <= 255 and sum(names) + len(names) <= 4096):
        raise ValueError(f"must be the full path of a clip, is {shown(file)}")
    return file


INSTANCE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
"""What the agent takes as a camera's name."""
METRICS_PORT = 9180
"""Loopback port of the first camera of a host; the next ones follow, in the order of the settings."""


class Camera(Settings):
    host: Text = ""
    """The host of the group `cameras` that it is plugged into; may be left out where there is only one."""
    source: Literal["v4l2", "test", "file"] = "v4l2"
    """A camera, a moving test picture with a clock, or a clip that is played again and again."""
    device: Annotated[
        Text, matching(r"/dev/[A-Za-z0-9_.:/+=@-]{1,250}", "a device below /dev, such as /dev/video0")
    ] = "/dev/video0"
    """Of a camera; its name in /dev/v4l/by-id stays the same when others are plugged in."""
    format: Literal["auto", "mjpeg", "yuyv", "h264"] = "auto"
    """What a camera is asked for. h264: the camera's own encoder, with the GOP and the profile that it likes."""
    file: Annotated[Text, optional(clip)] = ""
    """Of a clip: its full path on the camera host, where the agent may read it (not below /home)."""
    audio: Literal["none", "test", "alsa"] = "none"
    """A microphone, or a tone. Over rtsp browsers hear it everywhere; over rtmp not in WebRTC, only in HLS."""
    audio_device: Annotated[Text, matching(r"[A-Za-z0-9_.:,=-]{1,255}", "an ALSA device, such as hw:CARD=Camera")] = (
        "default"
    )
    """Of ALSA: `arecord -L` on the camera host lists them; hw:CARD=NAME stays the same."""
    audio_bitrate_kbps: Annotated[Whole, Field(ge=16, le=256)] = 64
    width: Annotated[Whole, Field(ge=160, le=3840, multiple_of=2)] = 1280
    height: Annotated[Whole, Field(ge=90, le=2160, multiple_of=2)] = 720
    fps: Annotated[Whole, Field(ge=1, le=60)] = 30
    bitrate_kbps: Annotated[Whole, Field(ge=100, le=20000)] = 2500
    keyframe_interval_ms: Annotated[Whole, Field(ge=200, le=2000)] = 300
    """How long a new viewer waits for a picture at most. A key frame costs several times the bits of another frame,
    which a low bitrate lacks then (docs/player.md)."""
    encoder: Literal["auto", "vaapi", "nvenc", "v4l2", "x264", "openh264"] = "auto"
    """auto: the first of the others, in this order, that shows in a trial on the camera host that it works."""
    encoder_fallback: Flag = False
    """A named encoder that does not work may be replaced by another one."""
    preset: Literal["low-cpu", "balanced", "quality"] = "balanced"
    protocol: Literal["rtsp", "rtmp"] = "rtsp"
    """With web.domain, and the media host another one: inside TLS, whose certificate the agent verifies."""

    @model_validator(mode="after")
    def _clip_has_a_file(self) -> Self:
        if (self.source == "file") != bool(self.file):
            raise ValueError("file: must be set where source is file, and nowhere else")
        return self

    @property
    def silent_in_webrtc(self) -> bool:
        """Over RTMP sound is AAC, which no browser gets over WebRTC: docs/notes/mediamtx.md#sound-over-webrtc"""
        return self.audio != "none" and self.protocol == "rtmp"


def instance(camera: str) -> str:
    """The name of a camera where levels cannot be: of files and units. `live/webcam` -> `live-webcam`."""
    return camera.replace("/", "-")
