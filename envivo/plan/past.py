"""What a host has beside what operations look at: files of others, and its release, in one command."""

from typing import NamedTuple

from pyinfra.api import FactBase

from envivo.operations.output import parsed_fact
from envivo.operations.strays import FilesBelow
from envivo.state import kept
from envivo.state.file_states import FileState
from envivo.state.release import Release

_MARK = "envivo: its release"


class Found(NamedTuple):
    files: list[str]
    """All in envivo's directories."""
    release: Release | None
    states: dict[str, FileState]
    """Of the release's files."""


class Beside(FactBase[Found]):
    @staticmethod
    def default() -> Found:
        return Found([], None, {})

    def command(self, directories: list[str]) -> str:
        return f"{FilesBelow().command(directories)}; echo '{_MARK}'; {kept.question()}"

    @parsed_fact
    def process(self, output: list[str]) -> Found:
        end = output.index(_MARK) if _MARK in output else len(output)
        return Found(FilesBelow().process(output[:end]), *kept.answer(output[end + 1 :] or [""]))
