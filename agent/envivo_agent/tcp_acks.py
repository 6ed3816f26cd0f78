"""Bytes that the server's machine has acknowledged, read from this process's own sockets: proof from the far end.

A sender's frame counter proves nothing for half a minute when a server freezes: the kernel's buffers take it all.
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

_BYTES_ACKED = slice(120, 128)
"""tcpi_bytes_acked in struct tcp_info, linux/tcp.h; in every kernel since 4.1."""


def bytes_acked(tcp_info: bytes) -> int | None:
    """None when the kernel's struct tcp_info is too old to say."""
    field = tcp_info[_BYTES_ACKED]
    return int(struct.unpack("=Q", field)[0]) if len(field) == 8 else None


def _acked_on(descriptor: int, port: int) -> int | None:
    """None unless it is a TCP connection to that port."""
    try:
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            if connection.type != socket.SOCK_STREAM or connection.family not in (socket.AF_INET, socket.AF_INET6):
                return None
            if connection.getpeername()[1] != port:
                return None
            return bytes_acked(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED.stop))
    except OSError:
        return None  # closed meanwhile, or not connected yet


def acknowledged(port: int) -> int | None:
    """Bytes that peers at that port acknowledged on this process's connections; None without a connection."""
    descriptors = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if str(entry.readlink()).startswith("socket:"):
                descriptors.append(int(entry.name))
        except OSError:
            continue  # the directory's own descriptor, gone by now
    counts = [count for count in (_acked_on(number, port) for number in descriptors) if count is not None]
    return sum(counts) if counts else None
