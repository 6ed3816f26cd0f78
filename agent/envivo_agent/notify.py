"""systemd's notification protocol, sd_notify(3), by the standard library."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


def watchdog_interval_s(environment: Mapping[str, str]) -> float | None:
    """Seconds between watchdog notifications, a third of what the unit allows; None without a watchdog."""
    limit = environment.get("WATCHDOG_USEC", "")
    return int(limit) / 3e6 if limit.isdigit() and int(limit) > 0 else None


def message(**fields: str) -> bytes:
    """Datagram of fields such as READY="1"; line breaks in values, which would start another field, become spaces."""
    return "\n".join(f"{key}={' '.join(value.split())}" for key, value in fields.items()).encode()


def notify(**fields: str) -> None:
    """Send the fields; does nothing without a service manager that listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto(message(**fields), "\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            return
