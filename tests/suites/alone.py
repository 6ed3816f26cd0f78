"""One run of tests at a time in a checkout, which begins without the processes of one that was killed."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from filelock import FileLock, Timeout

from envivo.core import paths
from tests.e2e.lab import RESULTS
from tests.patience import until

LOCK = paths.STATE / "run.lock"


@contextmanager
def alone(results: Path, lock: Path = LOCK) -> Iterator[None]:
    """`results`: the folder of the run. Raises ClickException beside another one."""
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise click.ClickException(f"{lock}: another run of these tests goes on: wait for it, or end it") from None
    with held:
        end_left(results)
        yield


def end_left(results: Path) -> None:
    """Servers, browsers and cameras of a killed run would cost the next one its CPU and its ports."""

    def ended() -> list[int]:
        pids = left(results)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pids

    pids = until(lambda pids: not pids, ended, 10, 0.05)
    if pids:
        raise click.ClickException(f"processes of a killed run do not end: kill -9 {' '.join(map(str, pids))}")


def left(results: Path) -> list[int]:
    """Processes that a suite of such a run has begun: they have its folder in their environment."""
    mark = f"{RESULTS}={results}".encode()
    return [int(place.name) for place in Path("/proc").glob("[0-9]*") if mark in _environment(place)]


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or is another user's
        return []
