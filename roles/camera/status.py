"""The status that an agent writes on its host (agent/envivo_agent/status.py), and what it means to others."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from envivo.remote import RemoteShell
from envivo.roles.camera.desired import status
from envivo.roles.role import LIVE, Report

FRESH_S = 10
"""An older status was left by an agent that is gone."""


def agent_status(shell: RemoteShell, camera: str) -> Mapping[str, Any]:
    """Status of the agent; empty where none runs. Raises envivo.remote.UnreachableError."""
    file = shlex.quote(status(camera))
    fresh = f"[ $(( $(date +%s) - $(stat -c %Y {file} 2>/dev/null || echo 0) )) -le {FRESH_S} ]"
    said = shell.run(f"{fresh} && cat {file}")
    return parsed(said.out) if said.code == 0 else {}


def parsed(text: str) -> Mapping[str, Any]:
    """Empty where it is not an agent's status."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def report(said: Mapping[str, Any]) -> Report:
    """What matters to others. An agent that only just tries again still has the error for which it does."""
    state, error = str(said.get("state", "")), str(said.get("last_error", ""))
    return Report(state, "" if state == LIVE else error or str(said.get("reason", "")), float(said.get("fps", 0)))
