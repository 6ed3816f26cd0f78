"""A limit of the machine that many hosts meet at once: they share one kernel, and root's inotify instances."""

import os
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.lab.progress import note

_FILE = Path("/proc/sys/fs/inotify/max_user_instances")
_OF_A_HOST = 16
"""systemd, dbus and what is deployed; seen: 11 to 14."""
_OF_OTHERS = 128
"""What is usual, left to everything else on the machine."""


def needed(hosts: int) -> int:
    return _OF_OTHERS + _OF_A_HOST * hosts


def ensure(hosts: int) -> None:
    """Raises the limit as far as so many hosts need. Raises EnvivoError where only root may."""
    there, wanted = int(_FILE.read_text()), needed(hosts)
    if there >= wanted:
        return
    if os.geteuid() != 0:
        raise EnvivoError(
            "fs.inotify.max_user_instances",
            f"is {there}, and {hosts} lab hosts need {wanted}",
            f"sudo sysctl -w fs.inotify.max_user_instances={wanted}",
        )
    _FILE.write_text(str(wanted))
    note(f"fs.inotify.max_user_instances: raised from {there} to {wanted} for {hosts} lab hosts")
