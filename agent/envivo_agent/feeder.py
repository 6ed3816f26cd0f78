"""(gi) Pushes test pictures into a pipeline, on a grid of n/fps: regular time stamps without a videorate's delay."""

from __future__ import annotations

import time
from typing import Any

from envivo_agent.gst import GLib, Gst
from envivo_agent.picture import TestPicture
from envivo_agent.pipeline import Pipeline
from envivo_agent.plan import SOURCE

_ROOM = 2
"""Buffers that may wait in appsrc."""
_SOON_MS = 5


class Feeder:
    def __init__(self, pipeline: Pipeline, picture: TestPicture, fps: int) -> None:
        self._pipeline = pipeline
        self._picture = picture
        self._fps = fps
        self._source: Any = pipeline.element(SOURCE)
        self._next: int | None = None
        self._timer = GLib.timeout_add(_SOON_MS, self._tick)

    def stop(self) -> None:
        GLib.source_remove(self._timer)

    def _again_in(self, ms: int) -> bool:
        self._timer = GLib.timeout_add(ms, self._tick)
        return False

    def _tick(self) -> bool:
        now = self._pipeline.running_time_ns()
        if now is None:
            return self._again_in(_SOON_MS)
        due = now * self._fps // Gst.SECOND
        if self._next is None:
            self._next = due
        room = _ROOM - self._source.get_property("current-level-buffers")
        # frames that found no room are made up for, two at a time: a gap in the grid would become one long frame
        numbers = range(self._next, min(due + 1, self._next + room))
        if numbers:
            self._push(numbers)
            self._next = numbers[-1] + 1
        wait = (due + 1) * Gst.SECOND // self._fps - now
        return self._again_in(max(1, wait // Gst.MSECOND))

    def _push(self, numbers: range) -> None:
        drawn = GLib.Bytes.new(self._picture.draw(time.time_ns() // 1_000_000))
        for number in numbers:
            buffer = Gst.Buffer.new_wrapped_bytes(drawn)
            buffer.pts = number * Gst.SECOND // self._fps
            buffer.duration = Gst.SECOND // self._fps
            self._source.emit("push-buffer", buffer)
