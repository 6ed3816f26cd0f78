"""What a host has of envivo, and what of that a removal takes away: a question to the host, and its answer. Pure.

Roles say what they bring and what they leave (roles/role.py); nothing here knows one by name.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from envivo.core.paths import ADDED, ADDED_PACKAGES, COMPOSE_PROJECT, ETC, OPT, VAR
from envivo.core.sizes import KIB, size
from envivo.orchestration.roles import roles
from envivo.state.containers import REVISION_LABEL, own
from envivo.state.desired import Removable
from envivo.state.release import CURRENT, PENDING
from envivo.state.remains import Remains

UNITS = "/etc/systemd/system"
_TREES = (ETC, OPT, VAR)
_STAGED = (".staged", ".new*", ".*.envivo-new")
"""Names of what deploys put beside a file before they rename it."""
_LISTED_UNITS = ("envivo*", f"{VAR.strip('/').replace('/', '-')}-*")
_SHELLS = "sh|dash|bash|timeout|sudo|find|grep|flock"


@dataclass(frozen=True)
class Seen:
    """What a host shows of envivo."""

    paths: frozenset[str] = frozenset()
    """Of removables."""
    files: tuple[str, ...] = ()
    """In envivo's directories, without those of `remains`."""
    remains: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Place in `remains()` -> what is there."""
    running: tuple[str, ...] = ()
    """Units, containers, processes, tables of nftables, in words."""
    packages: tuple[str, ...] = ()
    """That a deploy installed."""
    sockets: str = ""
    """`ss -Hlntup`."""

    @property
    def foreign(self) -> list[str]:
        """Files that envivo did not bring."""
        return foreign(self.files, removables())

    @property
    def own(self) -> list[str]:
        """Files of envivo's."""
        stray = set(self.foreign)
        return [path for path in self.files if path not in stray]

    @property
    def installed(self) -> list[Removable]:
        return [removable for removable in removables() if any(map(self._is_there, removable.paths))]

    def _is_there(self, path: str) -> bool:
        """Whether a removable's path is there, and not only because it holds files of others."""
        return path in self.paths and (_holds(path, self.own) or not _holds(path, self.foreign))

    @property
    def of_envivo(self) -> list[str]:
        """What a removal must take away, one line each."""
        parts = [path for removable in self.installed for path in removable.paths if self._is_there(path)]
        return [*self.running, *dict.fromkeys([*(path for path in parts if not _holds(path, self.files)), *self.own])]

    def kept(self, purged: bool = False) -> list[str]:
        """What a removal leaves; `purged`: although it purges."""
        listed = enumerate(remains())
        return [line for n, left in listed for line in self.remains.get(n, ()) if not (purged and left.purge)]

    def purged(self) -> list[tuple[Remains, Sequence[str]]]:
        """What a purge takes away, and what is there of it."""
        return [(left, self.remains[n]) for n, left in enumerate(remains()) if left.purge and self.remains.get(n)]


def removables() -> list[Removable]:
    """Removables of all roles, clients before their servers."""
    return [removable for role in reversed(roles()) for removable in role.removables]


def remains() -> list[Remains]:
    """Remains of all roles, the most general last."""
    return [left for role in reversed(roles()) for left in role.remains()]


def question() -> str:
    """A script whose output `answered` reads."""
    known = [ADDED, *(path for left in remains() for path in left.paths)]
    shared = [path for removable in removables() if removable.brings for path in removable.paths]
    trees = [*_TREES, *(path for path in shared if not _below(path, _TREES))]
    pruned = " ".join(f"-path {shlex.quote(path)} -prune -o" for path in known)
    containers = (
        f"docker ps -a {own(COMPOSE_PROJECT)} --filter label={REVISION_LABEL} --format 'container {{{{.Names}}}}'"
    )
    lines = [
        f"for path in {shlex.join(path for part in removables() for path in part.paths)}; do "
        '[ ! -e "$path" ] || echo "path $path"; done',
        f"find {shlex.join(trees)} {pruned} ! -type d -printf 'file %p\\n' 2>/dev/null",
        *(f"{{ {left.look}; }} 2>/dev/null | sed 's/^/remains {number} /'" for number, left in enumerate(remains())),
        f"systemctl list-units --all --plain --no-legend --full {shlex.join(_LISTED_UNITS)} "
        "| sed 's/ .*//; s/^/unit /'",
        f"find {UNITS} -name 'envivo*' -printf 'file %p\\n' 2>/dev/null",
        f"! command -v docker >/dev/null || {containers} 2>/dev/null",
        "nft list tables 2>/dev/null | sed -n 's/^table \\([a-z0-9]* envivo_.*\\)/table \\1/p'",
        # programs that outlived their unit; containers are hosts of their own; shells have this script as arguments
        "for p in /proc/[0-9]*; do [ $p/ns/pid -ef /proc/self/ns/pid ] && "
        f"tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -qE '(^| |=)({ETC}|{OPT})/' "
        f'&& read -r name <$p/comm && case $name in {_SHELLS}) ;; *) echo "process $name (pid ${{p#/proc/}})" ;; esac; '
        "done 2>/dev/null",
        f"[ ! -e {ADDED_PACKAGES} ] || sort -u {ADDED_PACKAGES} | xargs -r dpkg-query -W -f "
        "'${Package} ${db:Status-Abbrev}\\n' 2>/dev/null | sed -n 's/^\\([^ ]*\\) [ih]i.*/package \\1/p'",
        "ss -Hlntup 2>/dev/null | sed 's/^/socket /'",
        "echo end",
    ]
    return "\n".join(lines)


def answered(output: str) -> Seen:
    """Raises ValueError where the answer is not whole."""
    rows: dict[str, list[str]] = {}
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        rows.setdefault(word, []).append(rest)
    if "end" not in rows:
        raise ValueError(output.splitlines()[-1:] or "nothing")
    left: dict[int, list[str]] = {}
    for row in rows.get("remains", ()):
        number, _, rest = row.partition(" ")
        left.setdefault(int(number), []).append(re.sub(r"\((\d+) KiB\)$", _shown_size, rest))
    kinds = {"unit": "the unit", "container": "the container", "table": "the table", "process": "the process"}
    running = [f"{words} {name}" for kind, words in kinds.items() for name in rows.get(kind, ()) if name]
    files = tuple(sorted(dict.fromkeys(rows.get("file", ()))))
    sockets = "\n".join(rows.get("socket", ()))
    return Seen(frozenset(rows.get("path", ())), files, left, tuple(running), tuple(rows.get("package", ())), sockets)


def _shown_size(kib: re.Match[str]) -> str:
    return f"({size(int(kib[1]) * KIB)})"


def foreign(files: Iterable[str], among: Sequence[Removable]) -> list[str]:
    """Files that none of the removables brings, and no deploy has staged."""
    return [path for path in files if not _staged(path) and not any(_brings(part, path) for part in among)]


def _brings(removable: Removable, path: str) -> bool:
    if path in removable.paths or _enabled(path):
        return True
    inside = _below(path, removable.paths)
    return inside and (not removable.brings or any(fnmatchcase(path, pattern) for pattern in removable.brings))


def _enabled(path: str) -> bool:
    """Whether it is what systemd makes of a unit of envivo's that starts at boot."""
    return path.startswith(f"{UNITS}/") and ".wants/envivo" in path


def _staged(path: str) -> bool:
    return _below(path, (ETC, OPT)) and any(
        fnmatchcase(part, pattern) for part in PurePosixPath(path).parts for pattern in _STAGED
    )


def _below(path: str, directories: Iterable[str]) -> bool:
    return any(path.startswith(f"{directory}/") for directory in directories)


def _holds(path: str, files: Iterable[str]) -> bool:
    return any(file.startswith(f"{path}/") for file in files)


def last_script(purge: bool) -> str:
    """A script that removes what no role owns: what deploys staged, directories that are empty then, and the note of
    which release the host has."""
    names = " -o ".join(f"-name {shlex.quote(name)}" for name in _STAGED)
    emptied = [ETC, OPT, VAR] if purge else [ETC, OPT, *(f"{VAR}/{name}" for name in ("shown", "address"))]
    # releases stay to be gone back to, and the host has none of them
    notes = f"rm -f {ADDED_PACKAGES}; " if purge else f"rm -f {CURRENT} {PENDING}; "
    return (
        f"{notes}find {ETC} {OPT} -mindepth 1 \\( {names} \\) -prune -exec rm -rf {{}} + 2>/dev/null; "
        f"find {shlex.join(emptied)} -depth -type d -empty -delete 2>/dev/null; systemctl daemon-reload; "
        "systemctl reset-failed 'envivo*' 2>/dev/null; true"
    )


def apt_command(installed: Sequence[str]) -> str:
    """The command that removes packages that deploys installed; empty where there are none."""
    return f"apt-get purge {' '.join(installed)}" if installed else ""
