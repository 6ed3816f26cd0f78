"""systemd's notification protocol, sd_notify(3), by the standard library."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


def watchdog_interval_s(environment: Mapping[str, str]) -> float | None:
    """A third of what the unit allows between two signs of life; None without a watchdog."""
    limit = environment.get("WATCHDOG_USEC", "")
    return int(limit) / 3e6 if limit.isdigit() and int(limit) > 0 else None


def message(**fields: str) -> bytes:
    """READY="1", STATUS="...", WATCHDOG="1" and the like; a line break in a value would start another field."""
    return "\n".join(f"{key}={' '.join(value.split())}" for key, value in fields.items()).encode()


def notify(**fields: str) -> None:
    """Nothing without a service manager, and nothing when it does not listen any more."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto(message(**fields), "\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            return
