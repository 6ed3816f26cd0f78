"""Text and a clock that are burnt into the picture."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from envivo_agent.section import Section

ELEMENT = "overlay"
"""Its name in the pipeline."""
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
_LONGEST = 80
_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Overlay:
    """`clock`: date and time of this host, in its time zone, after `text`."""

    text: str = ""
    clock: bool = False
    corner: str = CORNERS[0]

    @property
    def shown(self) -> bool:
        return bool(self.text) or self.clock

    @property
    def element(self) -> str:
        """GStreamer's; without the text, which is set as a property: nothing in it is read as syntax."""
        kind = "clockoverlay" if self.clock else "textoverlay"
        vertical, horizontal = self.corner.split("-")
        return f"{kind} name={ELEMENT} valignment={vertical} halignment={horizontal} shaded-background=true"

    @property
    def properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values. Pango would read markup in the text."""
        if not self.shown:
            return ()
        return (("text", escape(self.text, quote=False)), *((("time-format", _TIME),) if self.clock else ()))


def _fits(text: str) -> bool:
    return len(text) <= _LONGEST and text.isprintable()


def overlay(section: Section) -> Overlay:
    """From its part of the configuration."""
    read = Overlay(
        text=section.text("text", _fits, f"at most {_LONGEST} printable characters, or empty"),
        clock=section.flag("clock"),
        corner=section.choice("corner", CORNERS) or CORNERS[0],
    )
    section.end(("text", "clock", "corner"))
    return read
