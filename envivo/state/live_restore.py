"""Whether containers outlive the Docker Engine, and the daemon.json that makes them. Pure.

https://docs.docker.com/engine/daemon/live-restore/: an Engine takes it without a restart, at a reload.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from envivo.core import paths
from envivo.core.problems import Problem

UNIT = "docker.service"
CONFIG = "/etc/docker/daemon.json"
KEY = "live-restore"
ADDED = f"{paths.ADDED}/live-restore"
"""On a host: names the file to which envivo has added the key."""


@dataclass(frozen=True)
class EngineState:
    live_restore: bool = False
    """As the running Engine says; False where none answers."""
    swarm: str = "inactive"
    options: tuple[str, ...] = ()
    """Those that dockerd was started with."""
    file: str = CONFIG
    """Which dockerd reads."""
    content: bytes | None = None
    """None if there is no such file."""


def problem(file: str, content: bytes | None) -> Problem | None:
    """Why dockerd does not read the file, and would not start with it. A file may be empty."""
    try:
        _read(content)
    except (ValueError, RecursionError) as error:
        what = f"is not a JSON object, so Docker cannot start ({error})"
        return Problem(file, what, "fix or remove it")
    return None


def _read(content: bytes | None) -> dict[str, Any]:
    text = (content or b"").decode("utf-8-sig").strip()
    said = json.loads(text, parse_constant=_no_number) if text else {}
    if not isinstance(said, dict):
        raise ValueError(f"it begins with {text[:1]}")
    return said


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not a number in JSON")


def merged(content: bytes | None) -> bytes:
    """The file with live-restore, and all else that it says. Raises ValueError."""
    return (json.dumps({**_read(content), KEY: True}, indent=2, ensure_ascii=False) + "\n").encode()


class Decision(NamedTuple):
    write: bytes | None = None
    """What the file has to say; None if it stays as it is."""
    reload: bool = False
    refusal: Problem | None = None
    remark: str = ""
    """Why nothing is done although containers stop with the Engine."""


def decide(seen: EngineState) -> Decision:
    """What makes containers outlive the Engine, now and after its next start."""
    if wrong := problem(seen.file, seen.content):
        return Decision(refusal=wrong)
    in_file = _read(seen.content).get(KEY)
    flag = _flag(seen.options)
    if flag and in_file is not None:
        what = f"{KEY} is set both here and on dockerd's command line, and dockerd refuses to start with both"
        return Decision(refusal=Problem(seen.file, what, "remove one"))
    if seen.swarm != "inactive":
        return Decision(remark="the Engine is in a swarm, where live-restore is unavailable: containers stop with it")
    if flag:
        off = "" if flag == "true" else f"dockerd is started with --{KEY}=false: containers stop with it"
        return Decision(remark=off)
    if in_file is not True:
        return Decision(merged(seen.content), reload=True)
    return Decision(reload=not seen.live_restore)


def _flag(options: Sequence[str]) -> str:
    """true or false as an option of dockerd says; empty where none does."""
    given = [option for option in options if option.partition("=")[0] == f"--{KEY}"]
    if not given:
        return ""
    return "true" if given[-1].partition("=")[2].lower() in ("", "1", "t", "true") else "false"
