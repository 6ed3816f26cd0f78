"""Exchanging the configuration of a running service: staged, judged by the service's own binary, renamed, read back."""

import base64
import shlex
from collections.abc import Generator
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import given_up, understood
from envivo.operations.reasons import Access, Difference, because, unlike
from envivo.operations.strays import claim
from envivo.state.desired import ServiceConfig


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


def deviation(live: Live, config: ServiceConfig) -> Difference | None:
    """A service that runs shows the revision; one that does not is started later and will read the file."""
    if not live.sha256:
        return Difference(config.path, "is not a file" if live.access else "is missing")
    mode, owner, group = live.access.rsplit(" ", 2)
    wanted = Access(config.mode, config.owner, config.group)
    if found := unlike(config.path, wanted, Access(mode, owner, group), live.sha256 != config.sha256):
        return found
    if live.answer and config.revision not in live.answer:
        return Difference(config.path, "is not what the running service uses")
    return None


@operation()
def switch(config: ServiceConfig) -> Generator[StringCommand, None, None]:
    """The file is in place and, if the service runs, it runs this configuration. Refused candidates change nothing."""
    claim(host, [config.path])
    live = host.get_fact(LiveConfig, path=config.path, ask=config.ask)
    if given_up():
        return
    if found := deviation(live, config):
        because(host, [found])
        yield StringCommand(config.script, _stdin=base64.encodebytes(config.content.encode()).decode())
    else:
        host.noop(f"{config.path} is in place and in use")
