"""Requests that only a working server can answer: OPTIONS of RTSP (RFC 7826, 13.1), on a connection of their own.

Acknowledgements are its machine's, which goes on taking up to a megabyte from us when the server itself has frozen:
at the rate of a test picture that is two minutes. RTMP knows no such question.
"""

from __future__ import annotations

from typing import Any

from envivo_agent.config import Publish
from envivo_agent.gst.bindings import Gio, GLib

EVERY_S = 2
_TIMEOUT_S = 15
_ANSWER_MAX = 4096


class Heartbeat:
    """`answers` counts them; None where there is no connection to ask on."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._client: Any = Gio.SocketClient.new()
        self._client.set_timeout(_TIMEOUT_S)
        self._client.set_tls(publish.encrypted)
        self._cancel: Any = Gio.Cancellable()
        self._connection: Any = None
        self._waiting = False
        self._number = 0
        self.answers: int | None = None

    def ask(self) -> None:
        """Send a request, every EVERY_S; none while one waits for its answer."""
        if self._waiting:
            return
        self._waiting = True
        if self._connection:
            self._send()
        else:
            host, port = self._publish.host, self._publish.port
            self._client.connect_to_host_async(host, port, self._cancel, self._connected)

    def close(self) -> None:
        self._cancel.cancel()
        self._forget()

    def _forget(self) -> None:
        if self._connection:
            self._connection.close_async(GLib.PRIORITY_LOW, None, None)
        self._connection, self._waiting, self.answers = None, False, None

    def _connected(self, client: Any, result: Any) -> None:
        try:
            self._connection = client.connect_to_host_finish(result)
        except GLib.Error:
            self._forget()
        else:
            self.answers = 0
            self._send()

    def _send(self) -> None:
        self._number += 1
        lines = (f"OPTIONS {self._publish.url} RTSP/1.0", f"CSeq: {self._number}", "User-Agent: envivo-agent", "", "")
        question = GLib.Bytes.new("\r\n".join(lines).encode())
        out = self._connection.get_output_stream()
        out.write_bytes_async(question, GLib.PRIORITY_DEFAULT, self._cancel, self._sent)

    def _sent(self, out: Any, result: Any) -> None:
        try:
            out.write_bytes_finish(result)
        except GLib.Error:
            self._forget()
            return
        source = self._connection.get_input_stream() if self._connection else None
        if source:
            source.read_bytes_async(_ANSWER_MAX, GLib.PRIORITY_DEFAULT, self._cancel, self._answered)

    def _answered(self, source: Any, result: Any) -> None:
        try:
            answer = source.read_bytes_finish(result).get_data()
        except GLib.Error:
            answer = b""
        if not answer:
            self._forget()
            return
        self._waiting = False
        self.answers = (self.answers or 0) + 1
