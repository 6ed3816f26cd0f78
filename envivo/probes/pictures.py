"""Decoded pictures: how many came, and in how many something moved."""

import zlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Watched:
    """What a viewer was shown."""

    decoded: int
    different: int
    """Those in which something moved."""
    ended: bool
    """By the server, before enough was seen."""


class Plane(Protocol):
    def __buffer__(self, flags: int, /) -> memoryview: ...


class Picture(Protocol):
    """What PyAV and aiortc call a VideoFrame."""

    @property
    def planes(self) -> "tuple[Plane, ...]": ...


class Pictures:
    """Counts pictures whose brightness differs anywhere from the picture before.

    A source that repeats one picture for ever is decoded to equal pictures between key frames, so it is told apart
    from a moving one within a few key frames.
    """

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.decoded = 0
        self.different = 0
        self._last = 0

    def see(self, picture: Picture) -> None:
        seen = zlib.crc32(picture.planes[0])
        self.decoded += 1
        self.different += seen != self._last
        self._last = seen

    def watched(self, ended: bool) -> Watched:
        return Watched(self.decoded, self.different, ended)

    @property
    def enough(self) -> bool:
        return self.different >= self.wanted
