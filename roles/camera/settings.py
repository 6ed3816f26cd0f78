"""Cameras: each is one agent that publishes to the path of the same name."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from envivo.settings import Settings

PACKAGES = (
    "ca-certificates",
    "gir1.2-gstreamer-1.0",
    "glib-networking",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-ugly",
    "gstreamer1.0-rtsp",
    "python3-gi",
)


INSTANCE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
"""What the agent takes as a camera's name."""


class Camera(Settings):
    host: str = ""
    """The host of the group `cameras` that it is plugged into; may be left out where there is only one."""
    source: Literal["v4l2", "test"] = "v4l2"
    """A camera, or a moving test picture with a clock."""
    device: Annotated[str, StringConstraints(pattern=r"^/dev/[A-Za-z0-9_.:/+=@-]+$")] = "/dev/video0"
    format: Literal["auto", "mjpeg", "yuyv"] = "auto"
    width: Annotated[int, Field(ge=160, le=3840, multiple_of=2)] = 1280
    height: Annotated[int, Field(ge=90, le=2160, multiple_of=2)] = 720
    fps: Annotated[int, Field(ge=1, le=60)] = 30
    bitrate_kbps: Annotated[int, Field(ge=100, le=20000)] = 2500
    encoder: Literal["x264", "openh264"] = "x264"
    preset: Literal["low-cpu", "balanced", "quality"] = "balanced"
    protocol: Literal["rtsp", "rtmp"] = "rtsp"
    """With web.domain, and the media host another one: inside TLS, whose certificate the agent verifies."""


def instance(camera: str) -> str:
    """The name of a camera where levels cannot be: of files and units. `live/webcam` -> `live-webcam`."""
    return camera.replace("/", "-")
