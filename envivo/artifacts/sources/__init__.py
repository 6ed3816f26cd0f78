"""Sources of artifacts: their interface, and the two ways in which they fail."""

from pathlib import Path
from typing import Protocol

from envivo.artifacts.cache import Provenance
from envivo.artifacts.lock import Item
from envivo.core.errors import EnvivoError


class UnavailableError(Exception):
    """This source cannot serve here and now; the next one may."""


class ChecksumError(EnvivoError):
    """A source served something other than what is pinned. No other source is tried: the cause must be found first."""

    def __init__(self, item: Item, subject: str, expected: str, found: str, *, checked: bool = True) -> None:
        fix = (
            "do not use it, and find out why it changed"
            if checked
            else "this pin was never checked against a download: compare it with the publisher's checksum, "
            "then fix artifacts.lock.toml or remove that source from it"
        )
        super().__init__(f"artifact {item.label}", f"{subject} has {found} instead of {expected}", fix)


class Watcher(Protocol):
    """Receiver of a fetch's progress."""

    def step(self, text: str) -> None:
        """The current step."""

    def detail(self, text: str) -> None:
        """Progress within the step, for a terminal and not for a log."""

    def size(self, done: int, total: int | None) -> None:
        """Bytes received, and their total if it is known."""


class Source(Protocol):
    @property
    def name(self) -> str: ...

    def fetch(self, item: Item, into: Path, watcher: Watcher) -> Provenance:
        """Put the item's files, verified, into the directory `into`.

        Raises UnavailableError when it cannot serve and ChecksumError when what it got does not match.
        May use `into` for its own temporary directories, which it removes.
        """
