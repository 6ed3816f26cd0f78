"""Regular time stamps for whole frames that arrive irregularly, without waiting for the next frame as videorate does.

MediaMTX's low-latency HLS fits the length of its parts to the first second of a stream: one gap there, and viewers are
seconds late for as long as the stream lives (docs/notes/mediamtx.md#parts-of-low-latency-hls).
"""

from __future__ import annotations

SLOT_NS = 1_000_000_000


class TimestampGrid:
    """Gives each frame its numbers on a grid of n/fps seconds. A frame may be up to a slot early or late, and is left
    out, where more of them come than there are slots, or repeated, to fill a gap.
    """

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._next: int | None = None

    def time_ns(self, number: int) -> int:
        return number * SLOT_NS // self._fps

    def numbers(self, at_ns: int, room: int) -> range:
        """Slots of the frame taken at that moment; empty: it is left out. `room`: how many slots may be used now.

        Later frames fill the slots that found no room: the grid has no holes.
        """
        due = at_ns * self._fps // SLOT_NS
        if self._next is None:
            self._next = due
        first = self._next
        if due < first - 1:
            return range(0)
        last = max(first, due - 1)
        numbers = range(first, min(last + 1, first + room))
        self._next = first + len(numbers)
        return numbers
