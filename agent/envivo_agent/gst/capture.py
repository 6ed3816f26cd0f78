"""The pipeline from a camera or a clip to frames."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from envivo_agent.faults import LAG
from envivo_agent.gst.bindings import GLib, Gst
from envivo_agent.gst.pipeline import OnError, Pipeline
from envivo_agent.ipcam.h264 import HEAD, Sequence
from envivo_agent.ipcam.lag import Lag
from envivo_agent.plan import DECODER, FRAMES, HEARING, SOUND, SOURCE, Plan

_PATIENCE_NS = 200_000_000
_PAUSE_S = 0.02


class Taker(Protocol):
    """Where frames go: envivo_agent.gst.feeder.Feeder, or a counter."""

    def set_caps(self, caps: Any) -> None: ...

    def running_time_ns(self) -> int | None: ...

    def base_time_ns(self) -> int: ...

    def feed(self, frame: Any, at_ns: int | None) -> None: ...

    def hear(self, piece: Any, at_ns: int | None) -> None: ...


class Capture(Pipeline):
    def __init__(self, plan: Plan, taker: Taker, on_error: OnError) -> None:
        """Raises gi's GLib.Error when the description cannot be built."""
        assert plan.capture is not None  # noqa: S101 - the caller asked whether there is one
        super().__init__(plan.capture, on_error)
        self._coded = not plan.whole
        self._loops = plan.loops
        self._tracks = plan.tracks
        self._taker = taker
        self._frames, self._sound = self.element(FRAMES), self.element(SOUND)
        self._ending = threading.Event()
        self.sequence = Sequence() if self._coded and plan.tracks else None
        """Of the H.264 that an IP camera sends and that is passed through."""
        self._lag = Lag() if plan.whole and plan.tracks else None
        if plan.tracks:
            source = self.element(SOURCE)
            self._handlers.append((source, source.connect("select-stream", self._select)))

    def start(self) -> None:
        super().start()
        ends = ((self._frames, self._take), (self._sound, self._hear))
        for end, take in ends:
            if end:
                threading.Thread(target=self._pull, args=(end, take), daemon=True).start()

    def close(self) -> threading.Thread:
        self._ending.set()
        return super().close()

    def _select(self, _source: Any, number: int, _caps: Any) -> bool:
        return number in self._tracks

    def _child(self, element: Any) -> str:
        """All that has no name of the plan's in the pipeline of an IP camera depends on what the camera sends."""
        name = super()._child(element)
        return SOURCE if self._tracks and name not in (DECODER, HEARING, SOUND) else name

    def _pull(self, end: Any, take: Callable[[Any, int | None], None]) -> None:
        """Poll for frames in one thread: each call of a signal handler costs a Python thread state with its pages."""
        while not self._ending.is_set():
            sample = end.emit("try-pull-sample", _PATIENCE_NS)
            if sample is None:
                self._ending.wait(_PAUSE_S)  # at the end of a clip it returns at once
                continue
            take(sample, self._taken_at(sample.get_segment(), sample.get_buffer().pts))
            del sample  # before the next is waited for: it is of the camera's few

    def _take(self, sample: Any, at_ns: int | None) -> None:
        frame = sample.get_buffer()
        if self._coded:
            self._taker.set_caps(sample.get_caps())
        if self.sequence and not self.sequence.unfit:
            self.sequence.look(frame.extract_dup(0, HEAD))
            if self.sequence.unfit:
                GLib.idle_add(self._fails, self.sequence.unfit)
        now = self._taker.running_time_ns()
        if self._lag and at_ns is not None and now is not None and self._lag.grows(at_ns, now):
            self._lag = None
            GLib.idle_add(self._fails, LAG)
        self._taker.feed(frame, at_ns)

    def _hear(self, sample: Any, at_ns: int | None) -> None:
        self._taker.hear(sample.get_buffer(), at_ns)

    def _fails(self, why: str) -> None:
        if not self._ending.is_set():
            self._on_error(SOURCE, why, "")

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
        flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.KEY_UNIT
        if not (self._loops and self._pipeline.seek_simple(Gst.Format.TIME, flags, 0)):
            self._on_error(SOURCE, "the stream ended", "")
