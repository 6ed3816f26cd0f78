"""Frames into a publisher: regular time stamps without a videorate's delay."""

from __future__ import annotations

from typing import Any

from envivo_agent.gst.bindings import Gst
from envivo_agent.gst.publisher import Publisher
from envivo_agent.gst.sound_feeder import SoundFeeder
from envivo_agent.plan import INLET, Plan
from envivo_agent.steady_stamps import SteadyStamps
from envivo_agent.timestamp_grid import TimestampGrid

_WAITING = 2
"""Frames waiting for the encoder at which no more are sent."""
_SHARED = Gst.BufferCopyFlags.MEMORY | Gst.BufferCopyFlags.FLAGS | Gst.BufferCopyFlags.META


class Feeder:
    """`captured` counts the frames that the source gave."""

    def __init__(self, publisher: Publisher, plan: Plan) -> None:
        self._publisher = publisher
        self._fps = plan.video.fps
        self._grid = TimestampGrid(plan.video.fps)
        self._steady = None if plan.whole else SteadyStamps(plan.video.fps)
        self._inlet: Any = publisher.element(INLET)
        self._sound = SoundFeeder(publisher) if plan.heard else None
        self.captured = 0

    def set_caps(self, caps: Any) -> None:
        """Caps of coded frames, which the plan does not know."""
        self._inlet.set_property("caps", caps)

    def running_time_ns(self) -> int | None:
        return self._publisher.running_time_ns()

    def base_time_ns(self) -> int:
        """0 until the publisher has begun to play."""
        return self._publisher.base_time_ns()

    def feed(self, frame: Any, at_ns: int | None) -> None:
        """`at_ns`: publisher's running time of the frame; None or negative where the frame was taken before the
        publisher began to play: it is dropped.
        """
        self.captured += 1
        if at_ns is None or at_ns < 0:
            return
        if self._sound:
            self._sound.fill(at_ns)
        if self._steady:
            self._push(frame, self._steady.stamp_ns(at_ns))
            return
        # a slow camera's frame fills many slots at once; only an encoder that does not follow leaves no room
        room = self._fps if self._inlet.get_property("current-level-buffers") < _WAITING else 0
        for number in self._grid.numbers(at_ns, room):
            self._push(frame, self._grid.time_ns(number))

    def _push(self, frame: Any, stamp_ns: int) -> None:
        # the content is shared, only the stamp is its own
        buffer = frame.copy_region(_SHARED, 0, frame.get_size())
        buffer.pts = stamp_ns
        buffer.duration = Gst.SECOND // self._fps
        self._inlet.emit("push-buffer", buffer)

    def hear(self, piece: Any, at_ns: int | None) -> None:
        """Sound; `at_ns` as of frames."""
        if self._sound and at_ns is not None and at_ns >= 0:
            self._sound.hear(piece, at_ns)
