"""The sources of artifacts: what each must do, and the two ways in which it may not succeed."""

from pathlib import Path
from typing import Protocol

from envivo.artifacts.cache import Provenance
from envivo.artifacts.lock import Item
from envivo.core.errors import EnvivoError


class UnavailableError(Exception):
    """This source cannot serve here and now; the next one may."""


class ChecksumError(EnvivoError):
    """What a source served is not what is pinned. No other source is asked: somebody has to look."""

    def __init__(self, item: Item, subject: str, expected: str, found: str, *, checked: bool = True) -> None:
        fix = (
            "do not use it, and find out why it changed"
            if checked
            else "this pin was never checked against a download: compare it with what the publisher says, "
            "then correct artifacts.lock.toml or remove that source from it"
        )
        super().__init__(f"artifact {item.label}", f"{subject} has {found} where {expected} is expected", fix)


class Watcher(Protocol):
    """Who is told how a fetch goes on."""

    def step(self, text: str) -> None:
        """What is done now."""

    def detail(self, text: str) -> None:
        """How the step goes on: for those who look on, not for a log."""

    def size(self, done: int, total: int | None) -> None:
        """Bytes received, of how many when that is known."""


class Source(Protocol):
    @property
    def name(self) -> str: ...

    def fetch(self, item: Item, into: Path, watcher: Watcher) -> Provenance:
        """Put the item's files, verified, into the directory `into`.

        Raises UnavailableError when it cannot serve and ChecksumError when what it got does not match.
        May use `into` for its own temporary directories, which it removes.
        """
