"""What is in envivo's directories, among its units, accounts and containers without being brought by an operation:
reported, and left alone."""

import shlex
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from pyinfra.api import FactBase

CLAIMED: dict[str, set[str]] = {}
"""By host: files that operations bring or keep, and directories all of whose files belong to one of them."""


def claim(host: Any, paths: Iterable[str]) -> None:
    CLAIMED.setdefault(host.name, set()).update(paths)


OTHERS: dict[str, list[str]] = {}
"""By host: what is not a file, such as a container that carries the label of envivo's project."""


def leave_alone(host: Any, things: Iterable[str]) -> None:
    known = OTHERS.setdefault(host.name, [])
    known += [thing for thing in things if thing not in known]


UNITS = "/etc/systemd/system"
_MORE_UNITS = ("/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/system")
"""Where `systemctl set-property` and `--runtime` put what they change."""


def drop_ins(claimed: Iterable[str]) -> list[str]:
    """Directories of what changes units of others that envivo changes, too: of coturn."""
    folders = {str(PurePosixPath(path).parent) for path in claimed if PurePosixPath(path).is_relative_to(UNITS)}
    named = sorted(folder.removeprefix(UNITS) for folder in folders if folder.endswith(".d"))
    return [f"{place}{name}" for name in named for place in (UNITS, *_MORE_UNITS)]


class FilesBelow(FactBase[list[str]]):
    """Paths of all in the directories that is not a directory, and of unit files by envivo's names; without what a
    deploy stages."""

    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, directories: list[str]) -> str:
        staged = "'(' -name .staged -o -name '.*.envivo-new' ')' -prune"
        # links there enable a unit, or mask it
        units = f"find {shlex.join([UNITS, *_MORE_UNITS])} -path '*/envivo*' -type f -print"
        return f"{{ find {shlex.join(directories)} {staged} -o ! -type d -print; {units}; }} 2>/dev/null; true"

    def process(self, output: list[str]) -> list[str]:
        return sorted({line for line in output if line})


def strays(seen: Iterable[str], claimed: set[str], named: Iterable[str]) -> list[str]:
    """Files that nothing claims. `named`: subjects of differences, which are reported already."""
    unknown = [path for path in seen if not claimed & {path, *map(str, PurePosixPath(path).parents)}]
    return [path for path in unknown if path not in set(named)]
