"""What `envivo status` shows of every host: load, memory, disk, system, when a command of envivo last changed it."""

import json
from collections.abc import Iterator, Sequence

from envivo.core.paths import LOCK
from envivo.core.sizes import KIB, size
from envivo.probes import load
from envivo.roles.base.settings import Base
from envivo.roles.role import Context
from envivo.state import kept
from envivo.status.rows import HOSTS, Question, Row, span
from envivo.verify.findings import Finding

_OVER_S = 0.5
_LEAST_KIB = 256 * 1024
"""Free space of the root directory below which programs cannot write."""
_ASK = (
    '. /etc/os-release; echo "$PRETTY_NAME"; cut -d" " -f1 /proc/uptime; '
    "awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { print total, $2 }' /proc/meminfo; "
    "df -Pk / | awk 'NR == 2 { print $2, $4 }'; "
    f"date +%s; stat -c %Y {LOCK} 2>/dev/null || echo 0; head -n 1 {LOCK} 2>/dev/null"
)


def overview(settings: Base, context: Context) -> Iterator[Question]:
    yield Question(load.question(_OVER_S), lambda said: _load(context.host, said))
    yield Question(_ASK, lambda said: _host(context.host, said))
    yield Question(kept.question(), lambda said: _release(context.host, said))


def _load(host: str, said: str) -> Iterator[Row]:
    seen = load.parse(said)
    data = {"busy": round(seen.busy, 2), "load": seen.average, "cores": seen.cores, "starved": seen.starved}
    yield Row(HOSTS, host, {"load": f"{100 * seen.busy:.0f} %, {seen.average:.1f} of {seen.cores}"}, data)


def _host(host: str, said: str) -> Iterator[Row | Finding]:
    system, up, memory, disk, now, locked, *owner = said.splitlines()
    total, available = map(int, memory.split())
    whole, free = map(int, disk.split())
    cells = {"system": system, "free memory": _of(available, total), "free disk": _of(free, whole)}
    cells["last change"] = _deploy(int(locked), int(now), owner[0] if owner else "")
    data: dict[str, object] = {"system": system, "up_s": float(up), "memory_kib": total, "disk_kib": whole}
    data |= {"memory_available_kib": available, "disk_free_kib": free, "last_deploy": int(locked) or None}
    yield Row(HOSTS, host, cells, data)
    if free < _LEAST_KIB:
        fix = f"on {host}: du -xh / | sort -h | tail, and remove what is not needed"
        yield Finding(host, "disk-full", f"its disk is full: {size(free * KIB)} are free in /", fix)


def _release(host: str, said: str) -> Iterator[Row]:
    release, states = kept.answer(said.splitlines())
    if release is None:
        yield Row(HOSTS, host, {}, {"release": None, "drift": None})
        return
    files = kept.drifted(release, states)
    data = {"release": release.number, "released": release.at, "released_by": release.by, "version": release.version}
    cells = {"release": f"{release.number}, by {release.by}", "drift": _files(files)}
    yield Row(HOSTS, host, cells, {**data, "drift": files})


def _files(paths: Sequence[str]) -> str:
    """`no`, or what is not as the last deploy brought it."""
    return f"{paths[0]}{f' and {len(paths) - 1} more' if paths[1:] else ''}" if paths else "no"


def _of(free_kib: int, kib: int) -> str:
    return f"{size(free_kib * KIB)} of {size(kib * KIB)}"


def _deploy(ended: int, now: int, owner: str) -> str:
    """The lock's last renewal; a reboot removes it."""
    if owner:
        try:
            lease = json.loads(owner)
            return f"running, by {lease['owner']} since {lease['since']}"
        except (ValueError, KeyError, TypeError):
            return "running"
    if not ended:
        return "not since the boot"
    return f"{span(now - ended)} ago"
