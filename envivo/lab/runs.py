"""Runs of tests, whose labs are nobody's once the run has ended: by itself, killed, or with the machine."""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from envivo.core import paths

LABEL = "envivo.lab.run"
"""Of a host that was made while a run of this checkout was going on: the run's file."""
FILE = paths.STATE / "tests.lock"
"""Locked by each process of a run. The kernel lets go of it with the process."""
_FLOCK = "hhqqi4x"
"""struct flock (fcntl(2)): type, whence, start, length, process."""


@contextmanager
def going_on(file: Path = FILE) -> Iterator[None]:
    """This process is one of the run's."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("a+") as held:
        fcntl.fcntl(held, fcntl.F_OFD_SETLKW, _whole(fcntl.F_RDLCK))
        yield


def goes_on(file: Path = FILE) -> bool:
    """Asks without taking the lock: two that asked at once would take each other for a run."""
    if not file.exists():
        return False
    with file.open("r+") as asked:
        kind, *_ = struct.unpack(_FLOCK, fcntl.fcntl(asked, fcntl.F_OFD_GETLK, _whole(fcntl.F_WRLCK)))
    return bool(kind != fcntl.F_UNLCK)


def _whole(kind: int) -> bytes:
    return struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)


def label() -> tuple[str, ...]:
    """Options of `docker create`."""
    return ("--label", f"{LABEL}={FILE}") if goes_on() else ()
