"""What was done to an environment, one line each: on its hosts, and in the project of the user who did it."""

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from envivo.core.paths import STATE
from envivo.operations.lease import Lease
from envivo.orchestration.holding import run_held
from envivo.remote import RemoteShell
from envivo.state.deployed import LOG as _LOG
from envivo.state.release import DIRECTORY

_LINES = 200
_LONGEST_CAUSE = 500


@dataclass(frozen=True)
class Entry:
    at: str
    """UTC, RFC 3339."""
    by: str
    """`user@controller`."""
    did: str
    """deploy, rollback, remove HOST, purge HOST."""
    release: int
    """That the environment has afterwards; 0: not known."""
    ok: bool
    cause: str = ""
    """Why not."""


def now() -> str:
    """UTC, RFC 3339."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def entry(by: str, did: str, release: int, cause: str = "") -> Entry:
    return Entry(now(), by, did, release, not cause, cause[:_LONGEST_CAUSE])


def parse(text: str) -> list[Entry]:
    """The entries of a log, oldest first, without lines that were cut off."""
    found = []
    for line in text.splitlines():
        try:
            found.append(Entry(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


def _here(env: str) -> Path:
    return STATE / "history" / f"{env}.jsonl"


def note_here(env: str, made: Entry) -> None:
    """Into the history of the project on this computer."""
    file = _here(env)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(_line(made))


def read_here(env: str) -> list[Entry]:
    """The history of the project on this computer: also of hosts that no longer keep one."""
    try:
        return parse(_here(env).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []


def note_on(shell: RemoteShell, mine: Lease, made: Entry, begins: bool = True) -> None:
    """Into the history of a host. `begins`: also where it has none yet. Raises EnvivoError where it does not take
    it."""
    encoded = base64.b64encode(_line(made).encode()).decode()
    last = f"tail -n {_LINES - 1} {_LOG} 2>/dev/null; echo {encoded} | base64 -d"
    keep = f"{{ {{ {last}; }} >{_LOG}.new && mv {_LOG}.new {_LOG}; }}"
    where = f"mkdir -p {DIRECTORY} &&" if begins else f"[ ! -d {DIRECTORY} ] ||"
    run_held(shell, mine, f"umask 077; {where} {keep}", 20)


def _line(made: Entry) -> str:
    return f"{json.dumps(asdict(made))}\n"


def read(shell: RemoteShell) -> list[Entry]:
    """Raises EnvivoError."""
    return parse(shell.run(f"cat {_LOG} 2>/dev/null; true").out)
