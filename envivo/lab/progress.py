"""What takes long says so on stderr: a line that moves on a terminal, a line when it is done anywhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_console = Console(stderr=True, highlight=False)


@contextmanager
def step(what: str) -> Iterator[Callable[[str], None]]:
    """Yields a function that shows the present detail of `what`."""
    began = time.monotonic()
    with _console.status(what) as status:
        yield lambda detail: status.update(f"{what}: {detail} ({time.monotonic() - began:.0f} s)")
    _console.print(f"{what}: done in {time.monotonic() - began:.1f} s", markup=False)


def note(what: str) -> None:
    _console.print(what, markup=False)
