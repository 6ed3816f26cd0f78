"""Exchanging the configuration of a running service: staged, judged by the service's own binary, renamed, read back."""

import base64
import hashlib
import shlex
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import understood


@dataclass(frozen=True)
class Config:
    path: str
    content: str
    revision: str
    """Which the running service, asked, shows as its own."""
    ask: str
    """Command that prints what the running service says of its configuration, and fails where it does not run."""
    script: str
    """Takes the content as base64 on standard input and makes it the service's configuration, or fails with the
    previous one in place."""


class Live(NamedTuple):
    sha256: str
    """Of the file; empty if there is none."""
    answer: str
    """Empty if the service does not run."""


class LiveConfig(FactBase[Live]):
    @staticmethod
    def default() -> Live:
        return Live("", "")

    def command(self, path: str, ask: str) -> str:
        return f"sha256sum {shlex.quote(path)} 2>/dev/null || echo; {ask} 2>/dev/null; true"

    @understood
    def process(self, output: list[str]) -> Live:
        return Live(output[0].partition(" ")[0], "\n".join(output[1:]))


def due(live: Live, sha256: str, revision: str) -> bool:
    """A service that runs shows the revision; one that does not is started later and will read the file."""
    return live.sha256 != sha256 or bool(live.answer and revision not in live.answer)


@operation()
def switch(config: Config) -> Generator[StringCommand, None, None]:
    """The file is in place and, if the service runs, it runs this configuration. Refused candidates change nothing."""
    live = host.get_fact(LiveConfig, path=config.path, ask=config.ask)
    if due(live, hashlib.sha256(config.content.encode()).hexdigest(), config.revision):
        yield StringCommand(config.script, _stdin=base64.encodebytes(config.content.encode()).decode())
    else:
        host.noop(f"{config.path} is in place and in use")
