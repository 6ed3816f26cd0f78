"""Words of a camera, as they may stand in a journal, a status and a terminal."""

from __future__ import annotations

import re

LONGEST = 80


def plain(text: str) -> str:
    """Printable ASCII, not too much of it."""
    return re.sub(r"[^ -~]", "?", text[:LONGEST])
