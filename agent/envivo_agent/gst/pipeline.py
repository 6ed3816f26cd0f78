"""One pipeline, from its building to its end. It is never repaired."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from envivo_agent.gst.bindings import Gst
from envivo_agent.plan import Chain

CLOSE_LIMIT_S = 3.0
"""Seconds that a pipeline may take to end."""

OnError = Callable[[str, str, str], None]
"""(name of the element in the plan, message, debug text)"""


class Pipeline:
    def __init__(self, chain: Chain, on_error: OnError) -> None:
        """Raises gi's GLib.Error when the description cannot be built."""
        self._pipeline: Any = Gst.parse_launch(chain.description)
        self._on_error = on_error
        for wanted in chain.properties:
            self.element(wanted.element).set_property(wanted.name, wanted.value)
        self._bus: Any = self._pipeline.get_bus()
        self._bus.add_signal_watch()
        self._handlers = [
            (self._bus, self._bus.connect("message::error", self._error)),
            (self._bus, self._bus.connect("message::eos", lambda _bus, _message: self._ended())),
        ]

    def element(self, name: str) -> Any:
        return self._pipeline.get_by_name(name)

    def running_time_ns(self) -> int | None:
        """None until the pipeline has begun to play. Its state does not tell: a sink is playing only after a frame."""
        clock, base = self._pipeline.get_clock(), self._pipeline.get_base_time()
        return None if clock is None or not base else int(clock.get_time() - base)

    def base_time_ns(self) -> int:
        """Of the clock that all pipelines of the process share; 0 until the pipeline has begun to play."""
        return int(self._pipeline.get_base_time())

    def start(self) -> None:
        """Failures arrive at on_error, those that set_state already knows as well."""
        self._pipeline.use_clock(Gst.SystemClock.obtain())
        self._pipeline.set_state(Gst.State.PLAYING)

    def close(self) -> threading.Thread:
        """Begin the end, silent from now on. The thread may hang as long as a sink or a driver does."""
        self._bus.remove_signal_watch()
        # a handler holds this object, which holds what the handler is connected to: they would never be freed
        for element, handler in self._handlers:
            element.disconnect(handler)
        thread = threading.Thread(target=self._pipeline.set_state, args=(Gst.State.NULL,), daemon=True)
        thread.start()
        return thread

    def _ended(self) -> None:
        self._on_error("pipeline", "the stream ended", "")

    def _error(self, _bus: Any, message: Any) -> None:
        error, debug = message.parse_error()
        self._on_error(self._child(message.src), error.message, debug or "")

    def _child(self, element: Any) -> str:
        """The plan's name for the element, or for the bin of the plan that it is part of."""
        while element.get_parent() not in (None, self._pipeline):
            element = element.get_parent()
        return str(element.get_name())
