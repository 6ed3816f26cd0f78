"""Whether a host decodes slower than an IP camera sends: pure counting over the age of its frames.

Nothing leaks before the decoder: a coded frame that is left out breaks the picture up to the next key frame. So the
frames wait in rtspsrc, which has no limit, and each is older than the one before.
"""

from __future__ import annotations

_SECOND_NS = 1_000_000_000
OLD_NS = 2 * _SECOND_NS
LONG_NS = 2 * _SECOND_NS
"""All frames are old for that long: a camera that hangs for a moment sends what it missed at once, and that is over."""


class Lag:
    def __init__(self) -> None:
        self._old_since: int | None = None

    def grows(self, at_ns: int, now_ns: int) -> bool:
        """`at_ns`: when the frame was captured; `now_ns`: when it is decoded; both of one clock."""
        if now_ns - at_ns <= OLD_NS:
            self._old_since = None
            return False
        if self._old_since is None:
            self._old_since = now_ns
        return now_ns - self._old_since >= LONG_NS
