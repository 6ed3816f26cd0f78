"""A question over HTTP: no more bytes and no more seconds than allowed, no redirect, no proxy."""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from envivo_agent.onvif.answers import AnswerError

LONGEST = 256 * 1024
"""Bytes of an answer, with its headers."""
_PORT = 80


class _Bounded(io.RawIOBase):
    """What a connection says, until a moment of the monotonic clock."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until, self._count = connection, until, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(left(self._until))
        count = self._connection.recv_into(buffer)
        self._count += count
        if self._count > LONGEST:
            raise AnswerError("is longer than 256 KB")
        return count

    def makefile(self, *_mode: str) -> io.BufferedReader:
        """As HTTPResponse asks for it."""
        return io.BufferedReader(self)


def left(until: float) -> float:
    """Seconds. Raises TimeoutError."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def post(address: str, action: str, body: bytes, until: float) -> tuple[int, bytes]:
    """Status code and body. `address`: its host is an IPv4 address. Raises AnswerError, OSError."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or _PORT
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", "User-Agent: envivo-agent", "Connection: close",
        f'Content-Type: application/soap+xml; charset=utf-8; action="{action}"', f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(left(until))
        connection.connect((host, port))
        connection.sendall("\r\n".join(head).encode() + body)
        bounded: Any = _Bounded(connection, until)
        try:
            with HTTPResponse(bounded, method="POST") as response:
                response.begin()
                return response.status, response.read(LONGEST)
        except (HTTPException, ValueError):
            raise AnswerError("is not HTTP") from None
