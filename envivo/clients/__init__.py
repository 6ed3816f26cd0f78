"""Lines for the programs that people publish and watch with: pure functions from settings to rows."""

from dataclasses import dataclass, field
from typing import Literal

MASK = "***"
"""Stands for a password."""
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's file of trusted authorities, including your own after update-ca-certificates."""
GENERIC_ERROR = "`Generic error` is an untrusted certificate, or glib-networking is missing"
UNVERIFIED = "accepts any certificate, whatever its options: a machine on the route can pose as the server"
FFMPEG_INPUT = "-f v4l2 -framerate 30 -video_size 1280x720 -i /dev/video0 -f alsa -i default"
GSTREAMER_CAMERA = "v4l2src device=/dev/video0 ! decodebin"
GSTREAMER_MICROPHONE = "autoaudiosrc"
"""What these lines take in; everything behind it is the same for any input."""
OBS_X264 = "keyint=30 tune=zerolatency profile=baseline"

Action = Literal["publish", "watch"]


@dataclass(frozen=True)
class ProgramRow:
    path: str
    action: Action
    program: str
    line: str = field(repr=False)
    """A command, or `Field: value` in a line each; it may hold a password."""
    notes: tuple[str, ...] = ()
