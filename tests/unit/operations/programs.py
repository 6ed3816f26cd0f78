"""Programs of a host, as far as a command that is tried here calls them: each writes down how it was called."""

import os
from pathlib import Path


class Programs:
    def __init__(self, directory: Path) -> None:
        self.directory, self.log = directory / "programs", directory / "calls"
        self.directory.mkdir()
        self.log.touch()

    def add(self, name: str, body: str = "") -> None:
        """`body`: what it does, in sh, once it has written itself down."""
        program = self.directory / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.log}\n{body}\n')
        program.chmod(0o755)

    @property
    def path(self) -> str:
        return f"{self.directory}:{os.environ['PATH']}"

    @property
    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()
