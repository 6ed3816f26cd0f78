"""The pipeline from frames to the server, and what has gone through it."""

from __future__ import annotations

import threading
from typing import Any

from envivo_agent.faults import UNTRUSTED
from envivo_agent.gst.bindings import GObject, Gst
from envivo_agent.gst.pipeline import OnError, Pipeline
from envivo_agent.plan import ENCODED, ENCODER, OUTLET, SINK, Plan

_FLV_VIDEO = b"\x09"
"""The first byte of a tag with video (Adobe FLV 10.1, E.4.1)."""


class Publisher(Pipeline):
    def __init__(self, plan: Plan, on_error: OnError) -> None:
        """Raises gi's GLib.Error when the description cannot be built."""
        super().__init__(plan.publisher, on_error)
        self._unsent = plan.unsent
        self._tagged = plan.tagged
        self._tags = self._tag_bytes = 0
        self._seen = 0
        self.frame_at = 0.0
        """Monotonic seconds at which the last encoded frame was seen by `look`; 0 before the first one."""
        self._distrust: list[str] = []
        self._pipeline.connect("deep-element-added", self._hurry)
        self._outlet: Any = self.element(OUTLET).get_static_pad("src")
        self._probe = self._outlet.add_probe(Gst.PadProbeType.BUFFER, self._count_tag) if plan.tagged else 0
        sink = self.element(SINK)
        if GObject.signal_lookup("accept-certificate", sink):
            self._handlers.append((sink, sink.connect("accept-certificate", self._refuse)))

    @property
    def encoded(self) -> int:
        return self._passed(ENCODED, "num-buffers")

    @property
    def sent(self) -> int:
        """Encoded frames that a connected sink took."""
        left = self._tags if self._tagged else self._passed(OUTLET, "num-buffers")
        return max(0, left - self._unsent)

    @property
    def bytes_sent(self) -> int:
        """Bytes of encoded frames, those before the connection included."""
        return self._tag_bytes if self._tagged else self._passed(OUTLET, "num-bytes")

    def close(self) -> threading.Thread:
        if self._probe:
            self._outlet.remove_probe(self._probe)
        return super().close()

    def look(self, now: float) -> None:
        """Update `frame_at`; to be called now and then."""
        if (encoded := self.encoded) != self._seen:
            self._seen, self.frame_at = encoded, now

    def _passed(self, name: str, key: str) -> int:
        # identity counts by itself; a callback costs a new Python thread state, with its pages, each time
        return int(self.element(name).get_property("stats").get_uint64(key)[1])

    def set_bitrate(self, name: str, rate: str) -> None:
        """Set the bitrate of the running encoder; `name` is its property."""
        Gst.util_set_object_arg(self.element(ENCODER), name, rate)

    @staticmethod
    def _hurry(_pipeline: Any, _bin: Any, element: Any) -> None:
        """Let rtspclientsink's own sinks send at once: they would hold each track back by the latency of the slowest
        and 20 ms, which is 35 ms for a picture with sound. Playing in time is the viewer's business.
        """
        if element.get_name().startswith("appsink"):
            element.set_property("sync", False)

    def _count_tag(self, _pad: Any, info: Any) -> Any:
        buffer = info.get_buffer()
        if buffer.extract_dup(0, 1) == _FLV_VIDEO:
            self._tags += 1
            self._tag_bytes += buffer.get_size()
        return Gst.PadProbeReturn.OK

    def _refuse(self, _sink: Any, _connection: Any, _certificate: Any, flags: Any) -> bool:
        """Note why a certificate did not pass; rtspclientsink alone asks, and its error does not tell."""
        self._distrust = [nick for nick in flags.value_nicks if nick != "no-flags"]
        return False

    def _error(self, bus: Any, message: Any) -> None:
        if self._distrust and self._child(message.src) == SINK:
            self._on_error(SINK, f"{UNTRUSTED} ({', '.join(self._distrust)})", message.parse_error()[1] or "")
            return
        super()._error(bus, message)
