"""What is cut off a camera's picture, and written on it."""

from typing import Annotated, Literal

from pydantic import Field

from envivo.config.interrupts import Interrupts
from envivo.config.types import Flag, Settings, Text, Whole
from envivo.config.values import optional
from envivo.core.quoting import shown

LEAST = 160, 90
"""The smallest picture that is published."""
Edge = Annotated[Whole, Field(ge=0, le=3680, multiple_of=2)]


class Crop(Settings):
    """Pixels to cut off each edge of the picture, as viewers see it. At least 160x90 must be left."""

    interrupts = Interrupts.CAMERA
    left: Edge = 0
    """Pixels to cut off the left edge."""
    top: Edge = 0
    """Pixels to cut off the top edge."""
    right: Edge = 0
    """Pixels to cut off the right edge."""
    bottom: Edge = 0
    """Pixels to cut off the bottom edge."""

    def left_over(self, width: int, height: int) -> tuple[int, int]:
        """Size of what is published."""
        return width - self.left - self.right, height - self.top - self.bottom


_LONGEST = 80


def _written(text: str) -> str:
    if len(text) > _LONGEST or not text.isprintable():
        raise ValueError(f"must be at most {_LONGEST} printable characters, is {shown(text)}")
    return text


class Overlay(Settings):
    """What is burnt into the picture. Its host gets the package gstreamer1.0-x, which brings fonts and parts of X11."""

    interrupts = Interrupts.CAMERA
    text: Annotated[Text, optional(f"at most {_LONGEST} printable characters", _written)] = ""
    """Text to show, such as the camera's name."""
    clock: Flag = False
    """Whether date and time of the camera host, in its time zone, are shown after the text."""
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = "top-left"
    """Corner of the picture, after `rotate` and `crop`."""

    @property
    def is_shown(self) -> bool:
        return bool(self.text) or self.clock
