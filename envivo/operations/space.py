"""Space on the disks of a host that a deploy needs, in MiB. Pure."""

from collections.abc import Iterator, Mapping

from envivo.core.problems import Problem
from envivo.core.sizes import MIB, size

TO_INSTALL = 2000
"""The packages of all roles take 1.2 GB (docs/notes/lab.md), their downloads and the images the rest."""
TO_RUN = 200


def needed(installs: bool) -> int:
    return TO_INSTALL if installs else TO_RUN


def shown(mib: int) -> str:
    return size(mib * MIB)


def shortages(free: Mapping[str, int], yielding: Mapping[str, tuple[str, int]], least: int) -> Iterator[Problem]:
    """Disks with too little space. `free`: by mount point; `yielding`: directory -> its mount point, and what it takes,
    which may be deleted."""
    for mount, there in sorted(free.items()) or [("", 0)]:
        spare = {path: room for path, (target, room) in yielding.items() if target == mount}
        if (lacking := least - there - sum(spare.values())) <= 0:
            continue
        apart = mount not in ("", "/")
        what = f"{shown(there)} are free{f' on {mount}' if apart else ''}"
        for path, room in spare.items():
            what += f", and the recordings in {path} can make room for {shown(room)} more"
        where = "there" if apart else "below /usr, /etc and /var/lib"
        yield Problem("", what, f"at least {shown(least)} are needed {where}: free {shown(lacking)} more")
