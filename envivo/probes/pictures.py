"""Decoded pictures: how many came, and in how many something moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

DRAWN = 40
"""Levels of brightness (of 256) by which a drawn test picture changes wherever something moves in it."""
FILMED = 3
"""Levels by which a camera's noise changes a still scene at least; an encoder that refines a picture changes less."""

_COLUMNS, _ROWS = 160, 90
_SPOTS = 4
"""Points that have to change, of 14400."""


class Plane(Protocol):
    @property
    def line_size(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...


class Picture(Protocol):
    """What PyAV and aiortc call a VideoFrame."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def planes(self) -> Sequence[Plane]: ...


@dataclass(frozen=True)
class Watched:
    """What a viewer was shown."""

    decoded: int
    different: int
    """Those in which something moved."""
    ended: bool
    """By the server, before enough was seen."""


class Pictures:
    """Counts pictures until `wanted` differ from the last one that was counted, or as many do not.

    A picture differs if its brightness changes by more than `levels` in a few points. Equality is not enough: a still
    picture that is encoded repeatedly is decoded to a slightly different one each time.
    """

    def __init__(self, wanted: int, levels: int) -> None:
        self._wanted, self._levels = wanted, levels
        self._last = b""
        self._decoded = self._different = 0

    def see(self, picture: Picture) -> None:
        self._decoded += 1
        seen = _spots(picture)
        if len(seen) != len(self._last) or self._moved(seen):
            self._different += 1
            self._last = seen

    @property
    def enough(self) -> bool:
        return self._different >= self._wanted or self._decoded >= 2 * self._wanted

    def watched(self, ended: bool) -> Watched:
        return Watched(self._decoded, self._different, ended)

    def _moved(self, seen: bytes) -> bool:
        return sum(abs(now - then) > self._levels for now, then in zip(seen, self._last, strict=True)) >= _SPOTS


def _spots(picture: Picture) -> bytes:
    """The brightness at the points of a grid."""
    plane = picture.planes[0]
    pixels, line = memoryview(plane), plane.line_size
    across, down = max(1, picture.width // _COLUMNS), max(1, picture.height // _ROWS)
    lines = (pixels[y * line : y * line + picture.width : across] for y in range(0, picture.height, down))
    return b"".join(map(bytes, lines))
