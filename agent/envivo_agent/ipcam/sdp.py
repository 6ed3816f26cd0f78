"""What a camera announces: the tracks of its SDP (RFC 8866), with what their parameters tell."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from envivo_agent.ipcam import h264, h265
from envivo_agent.ipcam.plain import plain

VIDEO, AUDIO = "video", "audio"
_STATIC = {
    "0": "PCMU/8000",
    "3": "GSM/8000",
    "8": "PCMA/8000",
    "9": "G722/8000",
    "14": "MPA/90000",
    "26": "JPEG/90000",
    "32": "MPV/90000",
}
"""Payload types with a meaning of their own (RFC 3551, tables 4 and 5)."""


@dataclass(frozen=True)
class Track:
    """`number` among the tracks; `codec` as RTP names it, in capitals; `fps` where the camera tells it."""

    number: int
    kind: str
    codec: str
    fps: float | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def sps(self) -> h264.Sps | None:
        """Of H.264; None where the camera sends it with the pictures alone."""
        for unit in self._units("sprop-parameter-sets"):
            if unit and unit[0] & 31 == 7:
                try:
                    return h264.sps(unit)
                except ValueError:
                    return None
        return None

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """Pixels, width and height."""
        if self.codec == "H265":
            return next((found for unit in self._units("sprop-sps") if (found := h265.size(unit))), None)
        known = self.sps if self.codec == "H264" else None
        return (known.width, known.height) if known else None

    def _units(self, name: str) -> list[bytes]:
        found = []
        for text in self.parameters.get(name, "").split(","):
            try:
                found.append(base64.b64decode(text + "=" * (-len(text) % 4)))
            except ValueError:
                continue
        return found


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _track(number: int, lines: list[str]) -> Track | None:
    words = lines[0].split()
    if len(words) < 4:
        return None
    kind, payload = plain(words[0]), words[3]
    text = "\n".join(lines[1:])
    mapped = re.search(rf"^a=rtpmap:{re.escape(payload)}[ \t]+(\S+)", text, re.MULTILINE)
    name = mapped[1] if mapped else _STATIC.get(payload, payload)
    rate = re.search(r"^a=framerate:[ \t]*(\d{1,3}(?:\.\d{1,6})?)[ \t]*$", text, re.MULTILINE)
    told = re.search(rf"^a=fmtp:{re.escape(payload)}[ \t]+(.*)$", text, re.MULTILINE)
    fps = float(rate[1]) if rate and float(rate[1]) > 0 else None
    return Track(number, kind, plain(name.partition("/")[0].upper()), fps, _parameters(told[1] if told else ""))


def tracks(text: str) -> list[Track]:
    """In the order of the text; a line of its own that cannot be read is left out."""
    sections: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("m="):
            sections.append([line[2:]])
        elif sections:
            sections[-1].append(line.strip())
    found = (_track(number, lines) for number, lines in enumerate(sections))
    return [track for track in found if track]
