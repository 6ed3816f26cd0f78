"""The configuration of a running service: staged, validated by the service's own binary, renamed, read back."""

import base64
import shlex
from collections.abc import Generator
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.access import restored
from envivo.operations.contents import Version, bring
from envivo.operations.keeping import keep, noting
from envivo.operations.output import host_failed, parsed_fact
from envivo.operations.reasons import LINK, NOT_IN_USE, Access, Difference, because, unlike
from envivo.operations.strays import claim
from envivo.state.desired import ServiceConfig


class Live(NamedTuple):
    sha256: str
    """Of the file; empty if there is none."""
    access: str
    """Mode, owner and group: `640 root envivo`."""
    answer: str
    """Empty if the service does not run."""
    link: bool = False
    """Whether the path is a symbolic link; access is the link's own, and content its target's."""
    listed: bool = False
    """Whether it has an access control list."""


class LiveConfig(FactBase[Live]):
    @staticmethod
    def default() -> Live:
        return Live("", "", "")

    def command(self, path: str, ask: str) -> str:
        file = shlex.quote(path)
        return (
            f"sha256sum {file} 2>/dev/null || echo; stat -c '%a %U %G' {file} 2>/dev/null || echo; "
            f"ls -ld -- {file} 2>/dev/null | cut -c1,11 | grep . || echo; "
            f"{ask} 2>/dev/null; true"
        )

    @parsed_fact
    def process(self, output: list[str]) -> Live:
        sha256, access, marks, *answer = output
        return Live(sha256.partition(" ")[0], access, "\n".join(answer), marks[:1] == "l", marks[1:] == "+")


def deviation(live: Live, config: ServiceConfig) -> Difference | None:
    """A running service must show the revision; one that does not run will read the file when it starts."""
    if not live.sha256:
        return Difference(config.path, "is not a file" if live.access else "is missing")
    if live.link:
        return Difference(config.path, LINK)
    mode, owner, group = live.access.rsplit(" ", 2)
    wanted = Access(config.mode, config.owner, config.group)
    if found := unlike(config.path, wanted, Access(mode, owner, group), live.sha256 != config.sha256, live.listed):
        return found
    if live.answer and config.revision not in live.answer:
        return Difference(config.path, NOT_IN_USE)
    return None


def put_back(config: ServiceConfig) -> str:
    """A line of templates/operations/restore.sh.j2."""
    access = (config.path, config.mode, config.owner, config.group)
    return shlex.join(["switch", *access, config.revision, config.ask, config.script])


@operation()
def switch(config: ServiceConfig) -> Generator[StringCommand, None, None]:
    """The file is in place, and the service uses it if it runs. A configuration that it refuses changes nothing."""
    claim(host, [config.path])
    keep(host, [config], put_back(config))
    live = host.get_fact(LiveConfig, path=config.path, ask=config.ask)
    if host_failed():
        return
    if found := deviation(live, config):
        because(host, [found])
        if found.of_access and (not live.answer or config.revision in live.answer):
            yield StringCommand(restored(config.path, config.mode, config.owner, config.group, live.listed))
            return
        bring(host, {config.path: Version(config.mode, config.content.encode())})
        yield StringCommand(noting([config.path]))
        yield StringCommand(config.script, _stdin=base64.encodebytes(config.content.encode()).decode())
    else:
        host.noop(f"{config.path} is in place and in use")
