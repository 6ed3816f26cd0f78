"""An inventory as pyinfra understands it, for commands and tests that look at what a deploy made of it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from envivo.config.types import REVEAL
from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT, is_project

LOCAL = "@local"
_READ_WITHIN_S = 60


@dataclass(frozen=True)
class Host:
    name: str
    groups: tuple[str, ...]
    data: Mapping[str, Any] = field(repr=False)
    """May hold secrets."""

    @property
    def address(self) -> str:
        """Where the controller reaches the host."""
        return "127.0.0.1" if self.name == LOCAL else str(self.data.get("ssh_hostname") or self.name)


@dataclass(frozen=True)
class Inventory:
    env: str
    hosts: tuple[Host, ...]
    place: str = ""
    """The file, as pyinfra is given it in the project."""
    group_data: tuple[Path, ...] = ()
    """Directories that pyinfra prefers to the project's."""

    @property
    def groups(self) -> dict[str, list[str]]:
        names = {group for host in self.hosts for group in host.groups}
        return {name: [host.name for host in self.hosts if name in host.groups] for name in sorted(names)}


def named(env: str) -> Path:
    """The file of the environment that a command was given by name. Raises EnvivoError (exit code 2)."""
    ensure_project()
    file = PROJECT / "inventories" / f"{env}.py"
    if not file.is_file():
        known = ", ".join(sorted(one.stem for one in file.parent.glob("*.py")))
        raise EnvivoError(env, "there is no such environment", f"name one of {known}", exit_code=2)
    return file


def ensure_project() -> None:
    """Raises EnvivoError (exit code 2) where commands are called outside of any project."""
    if not is_project(PROJECT):
        fix = "go to a project's directory, name it with --project, or make one with `envivo init`"
        raise EnvivoError(str(PROJECT), "is not a project, it has no inventories/", fix, exit_code=2)


def read(file: Path, group_data: Sequence[Path] = ()) -> Inventory:
    """Reads an inventory and its group data, secrets included; no connection is made.

    pyinfra does it in a process of its own: its command line replaces the standard library's sockets by gevent's
    (docs/notes/pyinfra.md#gevents-sockets). What it cannot read, and what config.py refuses, is raised as EnvivoError
    (exit code 2).
    """
    place = str(file.relative_to(PROJECT)) if file.is_relative_to(PROJECT) else str(file)
    directories = tuple(one.resolve() for one in group_data)
    more = [word for one in directories for word in ("--group-data", str(one))]
    command = [sys.executable, "-m", "pyinfra", place, "debug-inventory", "--json", *more]
    try:
        asked = subprocess.run(
            command,
            env={**os.environ, REVEAL: "1"}, cwd=PROJECT, capture_output=True, text=True, timeout=_READ_WITHIN_S,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        what = f"was not read within {_READ_WITHIN_S} s"
        raise EnvivoError(place, what, f"see where it hangs: pyinfra {place} debug-inventory") from None
    if asked.returncode:
        raise refused(place, asked.stderr)
    return replace(parse(file.stem, asked.stdout), place=place, group_data=directories)


def parse(env: str, answer: str) -> Inventory:
    """Reads what `debug-inventory --json` prints."""
    return Inventory(env, tuple(Host(one["name"], tuple(one["groups"]), one["data"]) for one in json.loads(answer)))


def refused(place: str, said: str) -> EnvivoError:
    """The error for what pyinfra wrote to stderr when it could not read an inventory."""
    reason = re.search(r"pyinfra error in .+? line \d+: (.*?)(?=\n--> |\Z)", said, re.DOTALL)
    words = reason[1].strip() if reason else (said.strip().splitlines() or ["pyinfra gave no reason"])[-1]
    match words.split(": ", 2):
        case [where, what, fix] if "\n" not in words:
            return EnvivoError(where, what, fix, exit_code=2)
    return EnvivoError(place, "cannot be read", words, exit_code=2)
