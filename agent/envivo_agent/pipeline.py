"""(gi) One pipeline, from its building to its end. It is never repaired."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from envivo_agent.faults import UNTRUSTED
from envivo_agent.gst import GObject, Gst
from envivo_agent.plan import OUTLET, SINK, SOURCE, Plan

OnError = Callable[[str, str, str], None]
"""(name of the element in the plan, message, debug text)"""


class Pipeline:
    def __init__(self, plan: Plan, on_error: OnError) -> None:
        """Raises gi's GLib.Error when the description cannot be built."""
        self._pipeline: Any = Gst.parse_launch(plan.description)
        self._on_error = on_error
        self._unsent = plan.unsent
        self._passed = {SOURCE: 0, OUTLET: 0}
        self._distrust: list[str] = []
        for wanted in plan.properties:
            self.element(wanted.element).set_property(wanted.name, wanted.value)
        for name in self._passed:
            self.element(name).get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self._count, name)
        sink = self.element(SINK)
        if GObject.signal_lookup("accept-certificate", sink):
            sink.connect("accept-certificate", self._refuse)
        self._bus: Any = self._pipeline.get_bus()
        self._bus.add_signal_watch()
        self._bus.connect("message::error", self._error)
        self._bus.connect("message::eos", lambda _bus, _message: on_error("pipeline", "the stream ended", ""))

    @property
    def captured(self) -> int:
        """Frames that the source gave."""
        return self._passed[SOURCE]

    @property
    def sent(self) -> int:
        """Encoded frames that a connected sink took."""
        return max(0, self._passed[OUTLET] - self._unsent)

    def element(self, name: str) -> Any:
        return self._pipeline.get_by_name(name)

    def running_time_ns(self) -> int | None:
        """None until the pipeline has begun to play. Its state does not tell: a sink is playing only after a frame."""
        clock, base = self._pipeline.get_clock(), self._pipeline.get_base_time()
        return None if clock is None or not base else int(clock.get_time() - base)

    def start(self) -> None:
        """What fails arrives at on_error; so does what set_state already knows."""
        self._pipeline.set_state(Gst.State.PLAYING)

    def close(self) -> threading.Thread:
        """Begins the end, silent from now on. The thread may hang as long as a sink or a driver does."""
        self._bus.remove_signal_watch()
        thread = threading.Thread(target=self._pipeline.set_state, args=(Gst.State.NULL,), daemon=True)
        thread.start()
        return thread

    def _count(self, _pad: Any, _info: Any, name: str) -> Any:
        self._passed[name] += 1
        return Gst.PadProbeReturn.OK

    def _refuse(self, _sink: Any, _connection: Any, _certificate: Any, flags: Any) -> bool:
        """Called for a certificate that did not pass, by rtspclientsink alone: its error would not say a word of it."""
        self._distrust = [nick for nick in flags.value_nicks if nick != "no-flags"]
        return False

    def _error(self, _bus: Any, message: Any) -> None:
        error, debug = message.parse_error()
        name = self._child(message.src)
        refused = name == SINK and self._distrust
        text = f"{UNTRUSTED} ({', '.join(self._distrust)})" if refused else error.message
        self._on_error(name, text, debug or "")

    def _child(self, element: Any) -> str:
        """The plan's name for the element, or for the bin of the plan that it is part of."""
        while element.get_parent() not in (None, self._pipeline):
            element = element.get_parent()
        return str(element.get_name())
