"""An IP camera's sound into a publisher, and silence where it announces sound and sends none."""

from __future__ import annotations

import threading
from typing import Any

from envivo_agent.gst.bindings import Gst
from envivo_agent.gst.publisher import Publisher
from envivo_agent.plan import MICROPHONE

_SHARED = Gst.BufferCopyFlags.MEMORY | Gst.BufferCopyFlags.FLAGS | Gst.BufferCopyFlags.META
_BYTES_A_MS = 48 * 2 * 2
_MS = 1_000_000
_LATE_MS, _FILLED_MS, _OVERLAP_MS = 500, 250, 50
"""Sound that is behind the picture so far is filled up: a track that stands still holds up the other one, in the sink
and in HLS.
"""
_FILLED_AT_ONCE_MS = 2000
"""Where more is missing, the camera's time stamps jumped: a hole stays, as there is one in the picture."""


class SoundFeeder:
    def __init__(self, publisher: Publisher) -> None:
        self._inlet: Any = publisher.element(MICROPHONE)
        self._lock = threading.Lock()  # sound and pictures come from threads of their own
        self._until: int | None = None
        """Publisher's running time up to which there is sound."""

    def hear(self, piece: Any, at_ns: int) -> None:
        buffer = piece.copy_region(_SHARED, 0, piece.get_size())
        length = piece.get_size() * _MS // _BYTES_A_MS
        with self._lock:
            if self._until is None or at_ns >= self._until - _OVERLAP_MS * _MS:  # else silence has taken its place
                self._push(buffer, at_ns, length)

    def fill(self, at_ns: int) -> None:
        """`at_ns`: of a frame."""
        with self._lock:
            if self._until is None:
                self._until = at_ns
            missing = (at_ns - self._until) // _MS
            if missing > _LATE_MS:
                length = min(missing - _FILLED_MS, _FILLED_AT_ONCE_MS)
                begin = at_ns - (_FILLED_MS + length) * _MS if length == _FILLED_AT_ONCE_MS else self._until
                self._push(Gst.Buffer.new_wrapped(bytes(length * _BYTES_A_MS)), begin, length * _MS)

    def _push(self, buffer: Any, at_ns: int, length_ns: int) -> None:
        buffer.pts, buffer.duration = at_ns, length_ns
        self._until = at_ns + length_ns
        self._inlet.emit("push-buffer", buffer)
