"""Files in envivo's directories, and containers of its project, that no operation brings: reported, and left alone."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from pyinfra.api import FactBase

CLAIMED: dict[str, set[str]] = {}
"""By host: files that operations bring or keep, and directories all of whose files belong to one of them."""


def claim(host: Any, paths: Iterable[str]) -> None:
    CLAIMED.setdefault(host.name, set()).update(paths)


CONTAINERS: dict[str, list[str]] = {}
"""By host: containers that carry the label of envivo's project, and are not envivo's."""


def leave_alone(host: Any, containers: Sequence[str]) -> None:
    CONTAINERS[host.name] = list(containers)


class FilesBelow(FactBase[list[str]]):
    """Paths of all files in the directories, except hidden ones, which a deploy stages."""

    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, directories: list[str]) -> str:
        return f"find {shlex.join(directories)} -name '.?*' -prune -o -type f -print 2>/dev/null; true"

    def process(self, output: list[str]) -> list[str]:
        return sorted(line for line in output if line)


def strays(seen: Iterable[str], claimed: set[str], named: Iterable[str]) -> list[str]:
    """Files that nothing claims. `named`: subjects of differences, which are reported already."""
    unknown = [path for path in seen if not claimed & {path, *map(str, PurePosixPath(path).parents)}]
    return [path for path in unknown if path not in set(named)]
