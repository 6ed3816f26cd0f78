"""What an IP camera announces, asked for beside the main loop: it may take seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable

from envivo_agent.config import Source
from envivo_agent.faults import CameraError, Fault, not_understood
from envivo_agent.gst.bindings import GLib
from envivo_agent.ipcam.asking import ask
from envivo_agent.ipcam.sdp import Track


class Inquiry:
    """One question; `done` is called with it in the main loop. `fault` is None where the camera answered well."""

    def __init__(self, source: Source, done: Callable[[Inquiry], None]) -> None:
        self.tracks: list[Track] = []
        self.fault: Fault | None = None
        self._source, self._done = source, done
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        try:
            self.tracks = ask(self._source)
        except CameraError as error:
            self.fault = error.fault
        except Exception as error:  # noqa: BLE001 - whatever a camera sends, the agent goes on
            self.fault = not_understood(self._source.place, error)
        GLib.idle_add(self._done, self)
