"""What all pipelines of a process did together, and how quickly: pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    captured: int = 0
    encoded: int = 0
    sent: int = 0
    bytes_sent: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.captured + other.captured,
            self.encoded + other.encoded,
            self.sent + other.sent,
            self.bytes_sent + other.bytes_sent,
        )


FIRST_S = 3.0
"""Until a rate is known: a camera, an encoder or a connection may begin slowly."""


class Rates:
    """Over the time between two looks, which are at least a second apart, and the first FIRST_S after the begin."""

    fps: float | None
    kbps: float | None
    """None: not measured yet."""

    def __init__(self, now: float) -> None:
        self.begin(now, Counts())

    def begin(self, now: float, counts: Counts) -> None:
        """Restart the measurement: earlier counts are left out."""
        self._then, self._before = now, counts
        self.fps = self.kbps = None

    def look(self, now: float, counts: Counts) -> None:
        elapsed = now - self._then
        if elapsed < (FIRST_S if self.fps is None else 1):
            return
        self.fps = (counts.sent - self._before.sent) / elapsed
        self.kbps = (counts.bytes_sent - self._before.bytes_sent) * 8 / 1000 / elapsed
        self._then, self._before = now, counts


class BestRate:
    """Frames a second in the best second so far, since the first frame: a source or an encoder may begin slowly."""

    def __init__(self) -> None:
        self._then = 0.0
        self._before = 0
        self.fps = 0.0

    def look(self, now: float, frames: int) -> float:
        if not frames or not self._before:
            self._then, self._before = now, frames
        elif now - self._then >= 1:
            self.fps = max(self.fps, (frames - self._before) / (now - self._then))
            self._then, self._before = now, frames
        return self.fps


ENOUGH_OF = 2 / 3
"""Share of the configured frames below which viewers see that some are missing."""


def enough(fps: float, configured: int) -> bool:
    return fps >= ENOUGH_OF * configured
