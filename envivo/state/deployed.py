"""Whether a host has what deploys bring: it may have been removed, or never been deployed. Pure."""

import json
from typing import NamedTuple

from envivo.core.paths import OPT
from envivo.state.release import CURRENT, DIRECTORY

LOG = f"{DIRECTORY}/log"
"""What was done to the host, a JSON object a line; a removal leaves it unless it purges."""
REMOVALS = ("remove", "purge")
"""Beginnings of what the log says was done."""
_END = "known"
QUESTION = (
    f"[ ! -e {CURRENT} ] || echo release; [ ! -e {OPT} ] || echo programs; tail -n 1 {LOG} 2>/dev/null; echo {_END}"
)
"""Command whose output `absent` reads."""
CODE = "not-deployed"
"""Of the finding about a host that has nothing."""
FIX = "envivo deploy ENV"


class Absent(NamedTuple):
    """Envivo is not there."""

    by: str = ""
    """Who removed it; empty: nobody, as far as the host knows."""
    at: str = ""
    """UTC, RFC 3339."""

    @property
    def words(self) -> str:
        at = self.at.replace("T", " ").replace("+00:00", " UTC")
        return f"envivo is not deployed ({self.by} removed it, {at})" if self.by else "envivo is not deployed"


def absent(output: str) -> Absent | None:
    """None: it is there, wholly or in part. Raises ValueError where the answer is not whole."""
    lines = output.splitlines()
    if lines[-1:] != [_END]:
        raise ValueError(f"not whether envivo is deployed: {output[:80]!r}")
    if "release" in lines:
        return None
    removed = _removed(next((line for line in lines if line.startswith("{")), ""))
    # files of others may have kept the directory
    return removed or (None if "programs" in lines else Absent())


def _removed(line: str) -> Absent | None:
    try:
        last = json.loads(line)
        return Absent(str(last["by"]), str(last["at"])) if last["ok"] and last["did"].startswith(REMOVALS) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
