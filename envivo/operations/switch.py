"""Exchanging the configuration of a running service: staged, judged by the service's own binary, renamed, read back."""

import base64
import hashlib
import shlex
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import given_up, understood


@dataclass(frozen=True)
class Config:
    path: str
    content: str
    mode: str
    owner: str
    group: str
    revision: str
    """Which the running service, asked, shows as its own."""
    ask: str
    """Command that prints what the running service says of its configuration, and fails where it does not run."""
    script: str = ""
    """Takes the content as base64 on standard input and makes it the service's configuration, or fails with the
    previous one in place."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


class Live(NamedTuple):
    sha256: str
    """Of the file; empty if there is none."""
    access: str
    """Mode, owner and group: `640 root envivo`."""
    answer: str
    """Empty if the service does not run."""


class LiveConfig(FactBase[Live]):
    @staticmethod
    def default() -> Live:
        return Live("", "", "")

    def command(self, path: str, ask: str) -> str:
        file = shlex.quote(path)
        return (
            f"sha256sum {file} 2>/dev/null || echo; stat -c '%a %U %G' {file} 2>/dev/null || echo; "
            f"{ask} 2>/dev/null; true"
        )

    @understood
    def process(self, output: list[str]) -> Live:
        return Live(output[0].partition(" ")[0], output[1], "\n".join(output[2:]))


def due(live: Live, config: Config) -> bool:
    """A service that runs shows the revision; one that does not is started later and will read the file."""
    as_it_should_be = (config.sha256, f"{config.mode} {config.owner} {config.group}")
    return (live.sha256, live.access) != as_it_should_be or bool(live.answer and config.revision not in live.answer)


@operation()
def switch(config: Config) -> Generator[StringCommand, None, None]:
    """The file is in place and, if the service runs, it runs this configuration. Refused candidates change nothing."""
    live = host.get_fact(LiveConfig, path=config.path, ask=config.ask)
    if given_up():
        return
    if due(live, config):
        yield StringCommand(config.script, _stdin=base64.encodebytes(config.content.encode()).decode())
    else:
        host.noop(f"{config.path} is in place and in use")
