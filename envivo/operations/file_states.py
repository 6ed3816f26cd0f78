"""Files and directories of a host as they are, for operations."""

import shlex

from pyinfra.api import FactBase

from envivo.operations.output import parsed_fact
from envivo.state import file_states
from envivo.state.file_states import FileState


class FileStates(FactBase[dict[str, FileState]]):
    """States of the paths that exist, and of all entries in the trees but directories."""

    @staticmethod
    def default() -> dict[str, FileState]:
        return {}

    def command(self, paths: list[str], trees: list[str]) -> str:
        return file_states.command(shlex.join(paths), trees)

    @parsed_fact
    def process(self, output: list[str]) -> dict[str, FileState]:
        return file_states.parse(output)
