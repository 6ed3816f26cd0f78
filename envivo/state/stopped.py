"""Programs that a person has stopped: a file for each on its host, which units, the stack's guard and operations ask.

Its name is that of the unit (a condition of which it is), or of the service of the Compose project. Pure.
"""

import json
import shlex
from collections.abc import Iterable
from typing import NamedTuple

from envivo.core.paths import VAR

DIRECTORY = f"{VAR}/stopped"
CONDITION = f"ConditionPathExists=!{DIRECTORY}/%n"
"""Line of a unit that does not start while its file is there."""


class Stopped(NamedTuple):
    program: str
    """As people call it."""
    by: str = ""
    """`alice@laptop`; empty where the file does not say, as one that was made by hand."""
    since: str = ""
    """`2026-11-30 10:02 UTC`, by the host's clock."""

    @property
    def words(self) -> str:
        by, since = f" by {self.by}" if self.by else "", f" since {self.since}" if self.since else ""
        return f"stopped{by}{since}" if by or since else "stopped on purpose"

    @property
    def stays(self) -> str:
        """For a deploy and its plan."""
        return f"{self.program} stays {self.words}: to start it, {self.to_start}"

    @property
    def to_start(self) -> str:
        """The fix of every finding about it."""
        return f"envivo start ENV {self.program}"


def file(name: str) -> str:
    """`name`: of the unit or service."""
    return f"{DIRECTORY}/{name}"


def question(prefix: str = "") -> str:
    """Command whose output `parse` reads: a line for each program, each after the prefix."""
    show = f'printf \'%s%s %s\\n\' {shlex.quote(prefix)} "${{file##*/}}" "$(head -n 1 "$file")"'
    return f'for file in {DIRECTORY}/*; do [ ! -f "$file" ] || {show}; done'


def question_about(name: str) -> str:
    """Command whose output `answered` reads."""
    return f"head -n 1 {shlex.quote(file(name))} 2>/dev/null"


def answered(name: str, code: int, output: str) -> Stopped | None:
    """`code`: exit code of the command."""
    return None if code else _read(name, output.strip())


def parse(lines: Iterable[str]) -> dict[str, Stopped]:
    """By unit or service."""
    found = {}
    for line in lines:
        name, _, text = line.partition(" ")
        found[name] = _read(name, text)
    return found


def _read(name: str, text: str) -> Stopped:
    try:
        said = json.loads(text)
        return Stopped(str(said["program"]), str(said["by"]), str(said["since"]))
    except (ValueError, KeyError, TypeError):
        return Stopped(name.removesuffix(".service"))


def write(name: str, program: str, by: str) -> str:
    """Command that writes the file, unless it is there."""
    new, text = shlex.quote(f"{DIRECTORY}/.{name}"), json.dumps({"program": program, "by": by, "since": "SINCE"})
    before, _, after = text.partition("SINCE")
    line = f"printf '%s%s%s\\n' {shlex.quote(before)} \"$(date -u '+%Y-%m-%d %H:%M UTC')\" {shlex.quote(after)}"
    there = shlex.quote(file(name))
    return f"[ -e {there} ] || {{ mkdir -p {DIRECTORY} && {line} >{new} && mv {new} {there}; }}"
