"""What ended pipelines keep of the process's memory and file descriptors."""

from __future__ import annotations

import os
import resource
from pathlib import Path

TOO_MUCH = 250_000_000
"""Bytes, where all pipelines have ended: half of what the unit allows. libde265dec 1.22 keeps 16 MB for each pipeline
of 1080p that ended, and two file descriptors (docs/notes/gstreamer.md#ip-cameras).
"""
GROWN = 128_000_000
"""Bytes that came since the first pipeline ended: what a driver takes once would be taken again after a new start."""


def own() -> int:
    """Bytes in RAM that are of this process alone, without files and libraries (proc(5), statm)."""
    _, resident, shared, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    """File descriptors that are open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def allowed() -> int:
    """How many may be."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Kept:
    """Compares what is held, whenever all pipelines have ended, with the first time."""

    def __init__(self) -> None:
        self._first: tuple[int, int] | None = None

    def too_much(self, held: int, opened: int, most: int) -> str:
        """What there is too much of; empty where a new start would not help, or is not needed yet. `opened`: file
        descriptors, of `most`.
        """
        held_first, opened_first = self._first = self._first or (held, opened)
        if held > TOO_MUCH and held - held_first > GROWN:
            return "memory"
        if opened > most // 2 and opened - opened_first > most // 4:
            return "file descriptors"
        return ""
