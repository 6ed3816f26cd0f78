"""/metrics and /healthz on a loopback port, answered in the main loop: without an answer the agent hangs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from envivo_agent.gst.bindings import Gio, GLib
from envivo_agent.metrics import answer
from envivo_agent.status import Status

_REQUEST_MAX = 4096
_PATIENCE_S = 5


class Web:
    def __init__(self, port: int, status: Callable[[], Status]) -> None:
        """Raises gi's GLib.Error where the port is taken."""
        self._status = status
        self._service: Any = Gio.SocketService.new()
        address = Gio.InetSocketAddress.new_from_string("127.0.0.1", port)
        self._service.add_address(address, Gio.SocketType.STREAM, Gio.SocketProtocol.TCP, None)
        self._service.connect("incoming", self._incoming)
        self._service.start()

    def close(self) -> None:
        self._service.stop()
        self._service.close()

    def _incoming(self, _service: Any, connection: Any, _source: Any) -> bool:
        connection.get_socket().set_timeout(_PATIENCE_S)
        self._read(connection, b"")
        return True

    def _read(self, connection: Any, so_far: bytes) -> None:
        def asked(stream: Any, result: Any) -> None:
            try:
                more = stream.read_bytes_finish(result).get_data()
            except GLib.Error:
                return
            request = so_far + more
            if more and b"\r\n" not in request and len(request) < _REQUEST_MAX:
                self._read(connection, request)
            else:
                self._answer(connection, request.decode("latin-1"))

        connection.get_input_stream().read_bytes_async(_REQUEST_MAX, GLib.PRIORITY_LOW, None, asked)

    def _answer(self, connection: Any, request: str) -> None:
        line, kind, body = answer(request.partition("\r\n")[0], self._status())
        content = body.encode()
        head = f"HTTP/1.1 {line}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        out = connection.get_output_stream()
        out.write_bytes_async(
            GLib.Bytes.new(head.encode() + content), GLib.PRIORITY_LOW, None, self._answered, connection
        )

    def _answered(self, out: Any, result: Any, connection: Any) -> None:
        try:
            out.write_bytes_finish(result)
            connection.close(None)
        except GLib.Error:
            return
