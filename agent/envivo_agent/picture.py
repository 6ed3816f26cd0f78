"""How the camera's picture becomes what is published: it is turned first, then mirrored, cropped and written on."""

from __future__ import annotations

from dataclasses import dataclass

from envivo_agent.modes import H264
from envivo_agent.overlay import Overlay, overlay
from envivo_agent.section import Section

TURNS = (0, 90, 180, 270)
LEAST = 160, 90
"""The smallest picture that is published."""
EDGES = ("left", "top", "right", "bottom")
_MOST_CROPPED = 3680
_PLAIN = Overlay()
_DIRECTIONS = {
    (0, True): "horiz",
    (90, False): "90r",
    (90, True): "ul-lr",
    (180, False): "180",
    (180, True): "vert",
    (270, False): "90l",
    (270, True): "ur-ll",
}
"""videoflip's name for each, by turn and mirror."""


@dataclass(frozen=True)
class Picture:
    """`rotate`: degrees clockwise. Then pixels that are cut off each edge."""

    rotate: int = 0
    mirror: bool = False
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    overlay: Overlay = _PLAIN

    @property
    def changed(self) -> bool:
        return bool(self.elements)

    @property
    def on_its_side(self) -> bool:
        return self.rotate in (90, 270)

    def left_over(self, width: int, height: int) -> tuple[int, int]:
        """Size of what is published, from that of the turned picture."""
        return width - self.left - self.right, height - self.top - self.bottom

    def of_camera(self, width: int, height: int) -> tuple[int, int]:
        """Size of the camera's own picture, from that of what is published."""
        turned = width + self.left + self.right, height + self.top + self.bottom
        return (turned[1], turned[0]) if self.on_its_side else turned

    @property
    def elements(self) -> str:
        """GStreamer's, from the camera's picture to what is published; empty where nothing changes."""
        direction = _DIRECTIONS.get((self.rotate, self.mirror))
        flip = [f"videoflip video-direction={direction}"] if direction else []
        edges = " ".join(f"{edge}={getattr(self, edge)}" for edge in EDGES if getattr(self, edge))
        crop = [f"videocrop {edges}"] if edges else []
        return " ! ".join([*flip, *crop, *([self.overlay.element] if self.overlay.shown else [])])


AS_IT_IS = Picture()


def picture(section: Section) -> Picture:
    """From its part of the configuration."""
    rotate, mirror = section.number("rotate", TURNS), section.flag("mirror")
    crop = section.section("crop")
    left, top, right, bottom = (crop.whole(edge, 0, _MOST_CROPPED, even=True) for edge in EDGES)
    crop.end(EDGES)
    written = overlay(section.section("overlay"))
    section.end(("rotate", "mirror", "crop", "overlay"))
    return Picture(rotate, mirror, left, top, right, bottom, written if written.shown else _PLAIN)


def unfit(wanted: Picture, width: int, height: int, kind: str, form: str, mode: str) -> str:
    """Why the picture cannot be changed so; empty: it can. `width`, `height`: of the turned picture; the others are of
    the source.
    """
    if not wanted.changed:
        return ""
    if kind == "test":
        return "the test picture is not turned, mirrored, cropped or written on"
    if form == H264 or mode == "passthrough":
        return "a picture that is published as the camera encodes it is not turned, mirrored, cropped or written on"
    left_over = wanted.left_over(width, height)
    if left_over[0] < LEAST[0] or left_over[1] < LEAST[1]:
        sizes = f"{left_over[0]}x{left_over[1]} of {width}x{height}"
        return f"crop must leave at least {LEAST[0]}x{LEAST[1]}, leaves {sizes}"
    return ""
