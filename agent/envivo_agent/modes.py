"""What a camera offers, and the mode to use: pure functions over the caps of v4l2src."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

MJPEG, YUYV, H264, GREY = "mjpeg", "yuyv", "h264", "grey"
RAW = {
    YUYV: "YUY2",
    "nv12": "NV12",
    "yu12": "I420",
    "yv12": "YV12",
    "nv21": "NV21",
    "uyvy": "UYVY",
    "yvyu": "YVYU",
    "vyuy": "VYUY",
    "nv16": "NV16",
    "422p": "Y42B",
    "rgb3": "RGB",
    "bgr3": "BGR",
    "xr24": "BGRx",
    GREY: "GRAY8",
}
"""Uncompressed formats, named as V4L2 does, and GStreamer's names for them. The best one first: YUYV, which every
driver has; then the fewer bytes a pixel, the better; without colour last.
"""
_RGB = ("rgb3", "bgr3", "xr24")
_MEDIA = {"image/jpeg": MJPEG, "video/x-h264": H264}
_NAMES = {gstreamer: name for name, gstreamer in RAW.items()}

_USB2_PIXELS = 640 * 480
"""A larger picture, in YUYV at 30 frames a second does not fit through USB 2: docs/notes/gstreamer.md#usb-2"""


@dataclass(frozen=True)
class Offer:
    """One format and size of a camera with its frame rates, the highest first."""

    format: str
    width: int
    height: int
    rates: tuple[Fraction, ...]


@dataclass(frozen=True)
class Mode:
    """What the camera is asked for. `rate` in frames per second."""

    format: str
    width: int
    height: int
    rate: Fraction

    def __str__(self) -> str:
        return f"{self.format} {self.width}x{self.height} at {float(self.rate):g} fps"


def _formats(structure: str) -> list[str]:
    media = structure.partition(",")[0].strip()
    if media != "video/x-raw":
        return [_MEDIA[media]] if media in _MEDIA else []
    said = re.search(r"[^-]format=\(string\)(\{[^}]*\}|\w+)", structure)
    return [_NAMES[word] for word in re.findall(r"\w+", said.group(1)) if word in _NAMES] if said else []


def _sizes(structure: str, key: str, wanted: int) -> list[int]:
    """All values of a single value or a list; of a range `wanted`, if it is inside."""
    said = re.search(rf"{key}=\(int\)(\[[^\]]*\]|\{{[^}}]*\}}|\d+)", structure)
    values = [int(value) for value in re.findall(r"\d+", said.group(1))] if said else []
    if said and said.group(1).startswith("["):
        return [wanted] if values[0] <= wanted <= values[1] else []
    return values


def _rates(structure: str, wanted: int) -> tuple[Fraction, ...]:
    said = re.search(r"framerate=\(fraction\)(\[[^\]]*\]|\{[^}]*\}|\d+/\d+)", structure)
    if said is None:
        return ()
    rates = {Fraction(int(a), int(b)) for a, b in re.findall(r"(\d+)/(\d+)", said.group(1))}
    if said.group(1).startswith("[") and min(rates) <= wanted <= max(rates):
        rates.add(Fraction(wanted))
    return tuple(sorted(rates - {Fraction(0)}, reverse=True))


def offers(caps: str, width: int, height: int, fps: int) -> list[Offer]:
    """Usable offers in the text of v4l2src's caps; ranges of sizes and rates count as the wanted value."""
    found: dict[tuple[str, int, int], set[Fraction]] = {}
    for structure in caps.split(";"):
        # caps with features (DMABuf) repeat the plain ones
        if "(memory:" in structure:
            continue
        sizes = _sizes(structure, "width", width), _sizes(structure, "height", height)
        for offer in product(_formats(structure), *sizes):
            found.setdefault(offer, set()).update(_rates(structure, fps))
    return [Offer(*key, tuple(sorted(rates, reverse=True))) for key, rates in found.items() if rates]


def _wanted(offer: Offer, form: str) -> bool:
    return offer.format != H264 if form == "auto" else offer.format == form


def choose(offered: list[Offer], form: str, width: int, height: int, fps: int) -> Mode | None:
    """The mode for a picture of exactly that size; None where the camera has none.

    The camera's highest rate up to `fps`, else its lowest above; no colour only where it has none. H.264 only on
    request: its GOP and profile are the camera's (docs/notes/gstreamer.md#a-cameras-own-h264).
    """
    order = _order(width * height)
    modes = []
    for offer in offered:
        if _wanted(offer, form) and (offer.width, offer.height) == (width, height):
            below = [rate for rate in offer.rates if rate <= fps]
            modes.append(Mode(offer.format, width, height, max(below) if below else min(offer.rates)))

    def merit(mode: Mode) -> tuple[bool, Fraction, int]:
        return mode.format != GREY, min(mode.rate, Fraction(fps)), -order.index(mode.format)

    return max(modes, key=merit, default=None)


def _order(pixels: int) -> tuple[str, ...]:
    """Formats at the same rate, the best first: MJPEG after those that need no decoder and fit through USB 2."""
    if pixels > _USB2_PIXELS:
        return (MJPEG, *RAW, H264)
    light = tuple(form for form in RAW if form not in (*_RGB, GREY))
    return (*light, MJPEG, *_RGB, GREY, H264)


def listed(offered: list[Offer], form: str, turned: bool = False) -> str:
    """Sizes to choose from, for an error message; empty where the camera lacks the format. `turned`: with width and
    height exchanged.
    """
    fitting = [offer for offer in offered if _wanted(offer, form)]
    sizes = sorted({(offer.height, offer.width) if turned else (offer.width, offer.height) for offer in fitting})
    return ", ".join(f"{width}x{height}" for width, height in sizes)


def lacking(offered: list[Offer], form: str, size: tuple[int, int], turned: bool = False) -> tuple[str, str]:
    """What a camera without the mode lacks, and what to do."""
    if sizes := listed(offered, form, turned):
        fix = f"choose one of {sizes}{', which are turned already' if turned else ''}"
        return f"gives no {form if form != 'auto' else 'picture of'} {size[0]}x{size[1]}", fix
    if form != "auto":
        return f"does not offer the format {form}", 'set format to "auto"'
    if offered:
        return "offers nothing but H.264", 'set format to "h264"'
    return "offers no format that can be read here", "choose another device of this camera, or another camera"
