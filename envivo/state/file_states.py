"""Files and directories of a host as they are, read in one command whatever their number. Pure."""

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class FileState(NamedTuple):
    mode: str
    owner: str
    group: str
    sha256: str = ""
    kind: str = ""
    """find's letter: `d` a directory, `l` a link whose target does not exist; of an entry in a tree `l` any link."""
    link: bool = False
    """Whether it is a symbolic link; all else is of its target."""
    empty: bool = False
    """Of a directory."""
    listed: bool = False
    """Whether it has an access control list, which the mode does not show."""


def command(paths: str, trees: Sequence[str] = ()) -> str:
    """Prints states of those of the paths (words of a shell) that exist, and of all entries in the trees but
    directories. They are what is asked for, so that what is missing is an answer."""
    # -z: without it sha256sum writes a name with a backslash, as systemd's escapes have, in a way of its own
    show = "-printf '%m|%u|%g|%y|%p\\0' -type f -exec sha256sum -z {} +"
    about = "-type l -printf 'link|%p\\0' -o -type d -empty -printf 'empty|%p\\0'"
    looks = [
        f"find -H {paths} -maxdepth 0 {show}",
        f"find {paths} -maxdepth 0 {about}",
        f"ls -1dln --zero --time-style=+ -- {paths} | grep -z '^.\\{{10\\}}+'",
    ]
    if trees:
        looks.append(f"find {shlex.join(trees)} ! -type d {show}")
    return f"{{ {'; '.join(looks)}; }} 2>/dev/null | tr '\\0' '\\n'; true"


def parse(output: Iterable[str]) -> dict[str, FileState]:
    """Raises ValueError."""
    states: dict[str, FileState] = {}
    more: dict[str, dict[str, Any]] = {}
    for line in output:
        if match := re.fullmatch(r"([0-9a-f]{64})  (.+)", line):
            more.setdefault(match[2], {})["sha256"] = match[1]
        elif match := re.fullmatch(r"(link|empty)\|(.+)", line):
            more.setdefault(match[2], {})[match[1]] = True
        elif match := re.fullmatch(r"[^|/]{10}\+ [^|/]* (/.+)", line):
            more.setdefault(match[1], {})["listed"] = True
        else:
            mode, owner, group, kind, path = line.split("|", 4)
            states[path] = FileState(mode, owner, group, kind=kind)
    return {path: state._replace(**more.get(path, {})) for path, state in states.items()}
