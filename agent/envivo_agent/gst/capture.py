"""The pipeline from a camera or a clip to frames."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from envivo_agent.gst.bindings import Gst
from envivo_agent.gst.pipeline import OnError, Pipeline
from envivo_agent.plan import FRAMES, Plan

_PATIENCE_NS = 200_000_000
_PAUSE_S = 0.02


class Taker(Protocol):
    """Where frames go: envivo_agent.gst.feeder.Feeder, or a counter."""

    def set_caps(self, caps: Any) -> None: ...

    def running_time_ns(self) -> int | None: ...

    def base_time_ns(self) -> int: ...

    def feed(self, frame: Any, at_ns: int | None) -> None: ...


class Capture(Pipeline):
    def __init__(self, plan: Plan, taker: Taker, on_error: OnError) -> None:
        """Raises gi's GLib.Error when the description cannot be built."""
        assert plan.capture is not None  # noqa: S101 - the caller asked whether there is one
        super().__init__(plan.capture, on_error)
        self._coded = not plan.whole
        self._taker = taker
        self._frames = self.element(FRAMES)
        self._ending = threading.Event()

    def start(self) -> None:
        super().start()
        threading.Thread(target=self._pull, daemon=True).start()

    def close(self) -> threading.Thread:
        self._ending.set()
        return super().close()

    def _pull(self) -> None:
        """Poll for frames in one thread: each call of a signal handler costs a Python thread state with its pages."""
        while not self._ending.is_set():
            sample = self._frames.emit("try-pull-sample", _PATIENCE_NS)
            if sample is None:
                self._ending.wait(_PAUSE_S)  # at the end of a clip it returns at once
                continue
            if self._coded:
                self._taker.set_caps(sample.get_caps())
            buffer = sample.get_buffer()
            self._taker.feed(buffer, self._taken_at(sample.get_segment(), buffer.pts))
            del sample, buffer  # before the next is waited for: they are of the camera's few

    def _taken_at(self, segment: Any, pts: int) -> int | None:
        """Taker's running time at which the frame was captured, not delivered: sound is stamped in the same way."""
        base, mine = self._taker.base_time_ns(), segment.to_running_time(Gst.Format.TIME, pts)
        if not base:
            return None
        if Gst.CLOCK_TIME_NONE in (pts, mine):
            return self._taker.running_time_ns()
        return int(mine) + self.base_time_ns() - base

    def _ended(self) -> None:
        """A clip begins again; a camera has no end."""
        if not self._pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.KEY_UNIT, 0):
            super()._ended()
