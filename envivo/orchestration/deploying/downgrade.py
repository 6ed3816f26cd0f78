"""Whether a deploy brings older programs than a host has. Pure."""

import re
from collections.abc import Iterable, Mapping

from envivo.state.release import Kept


def downgrades(had: Mapping[str, Kept], toolkit: str, references: Iterable[str]) -> list[str]:
    """`mediamtx 1.19.0 in place of 1.20.1 on media1`. `references`: `envivo/mediamtx:1.19.0`, of the lock file."""
    wanted = {"envivo": toolkit, **dict(map(_program, references))}
    found = []
    for host, kept in had.items():
        if not (now := kept.releases.get(kept.current)):
            continue
        has = {"envivo": now.version, **dict(map(_program, now.images))}
        for program in wanted.keys() & has.keys():
            if _order(wanted[program]) < _order(has[program]):
                found.append(f"{program} {wanted[program]} in place of {has[program]} on {host}")
    return sorted(found)


def _program(reference: str) -> tuple[str, str]:
    name, _, version = reference.rpartition(":")
    return name.rpartition("/")[2], version


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
