"""The status that an agent writes on its host (agent/envivo_agent/status.py), and what it means to others."""

import json
import shlex
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from envivo.remote import RemoteShell
from envivo.roles.camera.desired import configuration, status
from envivo.roles.camera.settings import unit_name
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
    fps = said.get("fps", 0)
    rate = None if fps is None else float(fps)
    return Report(
        state, "" if state == LIVE else error or str(said.get("reason", "")), rate, int(said.get("wanted_fps") or 0)
    )


class AgentState(NamedTuple):
    active: str
    """active, inactive, failed ..."""
    said: Mapping[str, Any]
    """Its status."""
    known: bool
    """Whether it says so of its newest configuration."""


def agents_question(cameras: Sequence[str]) -> str:
    """Command whose output `states` reads: a line for each camera."""
    units = " ".join(shlex.quote(unit_name(name)) for name in cameras)
    lines = [
        f'echo "$1 $(stat -c %.9Y {shlex.quote(configuration(name))} 2>/dev/null || echo -)'
        f' $(tr -d "\\n" 2>/dev/null <{shlex.quote(status(name))})"; shift'
        for name in cameras
    ]
    return f"set -- $(systemctl is-active {units}); {'; '.join(lines)}"


def states(cameras: Sequence[str], lines: Sequence[str]) -> dict[str, AgentState]:
    """By camera. Without agents that have not read their newest configuration yet."""
    found = {}
    for name, line in zip_longest(cameras, lines[: len(cameras)], fillvalue=""):
        active, written, text = [*line.split(" ", 2), "", ""][:3]
        said = parsed(text)
        found[name] = AgentState(active, said, active == "active" and said.get("configuration_written") == written)
    return found
