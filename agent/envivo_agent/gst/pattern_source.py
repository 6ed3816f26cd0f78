"""The test picture as a source: drawn when it is due."""

from __future__ import annotations

import time

from envivo_agent.gst.bindings import GLib, Gst
from envivo_agent.gst.feeder import Feeder
from envivo_agent.pattern import ClockPattern

_SOON_MS = 5


class PatternSource:
    def __init__(self, picture: ClockPattern, fps: int, feeder: Feeder) -> None:
        self._picture = picture
        self._fps = fps
        self._feeder = feeder
        self._timer = GLib.timeout_add(_SOON_MS, self._tick)

    def stop(self) -> None:
        GLib.source_remove(self._timer)

    def _tick(self) -> bool:
        now = self._feeder.running_time_ns()
        wait = _SOON_MS
        if now is not None:
            drawn = GLib.Bytes.new(self._picture.draw(time.time_ns() // 1_000_000))
            self._feeder.feed(Gst.Buffer.new_wrapped_bytes(drawn), now)
            due = (now * self._fps // Gst.SECOND + 1) * Gst.SECOND // self._fps
            # rounded up: a frame that is early carries a time to come, and is held back until then
            wait = (due - now) // Gst.MSECOND + 1
        self._timer = GLib.timeout_add(wait, self._tick)
        return False
