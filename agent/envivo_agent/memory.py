"""Memory that the process holds."""

from __future__ import annotations

import os
from pathlib import Path

TOO_MUCH = 250_000_000
"""Bytes, where all pipelines have ended: half of what the unit allows. libde265dec 1.22 keeps 16 MB for each pipeline
of 1080p that ended, and two file descriptors (docs/notes/gstreamer.md#ip-cameras).
"""


def resident() -> int:
    """Bytes in RAM (proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
