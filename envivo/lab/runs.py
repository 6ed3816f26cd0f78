"""Runs of tests, whose labs are nobody's once the run has ended: by itself, killed, or with the machine."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from envivo.core import paths

LABEL = "envivo.lab.run"
"""Of a host that was made while a run of this checkout was going on: the run's file."""
FILE = paths.STATE / "tests.lock"
"""Locked by each process of a run. The kernel lets go of it with the process."""


@contextmanager
def going_on(file: Path = FILE) -> Iterator[None]:
    """This process is one of the run's."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        yield


def goes_on(file: Path = FILE) -> bool:
    try:
        with file.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def label() -> tuple[str, ...]:
    """Options of `docker create`."""
    return ("--label", f"{LABEL}={FILE}") if goes_on() else ()
