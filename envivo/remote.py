"""Commands on hosts, through testinfra, over the connection that a deploy would make (envivo/ssh)."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from io import FileIO
from itertools import chain
from typing import Any, NamedTuple

from envivo.core.errors import EnvivoError
from envivo.inventory import LOCAL, Host, over_ssh
from envivo.ssh import privileges
from envivo.ssh.link import Done, Link, UnreachableError
from envivo.ssh.script import for_any_shell
from envivo.ssh.session import Sink, Stream, exchange

__all__ = ["CommandResult", "MissingProgramError", "RemoteShell", "UnreachableError", "remote_shells"]
_SILENT_S = 60
_MORE_S = 5
"""After the bound that a host itself sets, for the way there and back."""


class CommandResult(NamedTuple):
    """Exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str


class MissingProgramError(EnvivoError):
    """The host lacks a program that the command needs, so its output is not an answer."""


class RemoteShell:
    """Shell commands on a host. Thread-safe: each command is a session of its own over one SSH connection."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.link = Link(host.name, host.data)

    @cached_property
    def testinfra(self) -> Any:
        """testinfra's view of the host, over this connection: `.run(...)`, `.file(...)`, `.service(...)`."""
        import testinfra.backend.base  # here, so that reading an inventory does not wait for it
        import testinfra.host

        class Backend(testinfra.backend.base.BaseBackend):  # type: ignore[misc]
            NAME = "envivo"

            def run(_, command: str, *args: str, within_s: int = 20, **_more: Any) -> Any:  # noqa: N805
                line = _.quote(command, *args)
                done = self._run(line, within_s)
                return _.result(done.code, line.encode(), done.out.encode(), done.err.encode())

            def get_encoding(_) -> str:  # noqa: N805
                return "utf-8"

        return testinfra.host.Host(Backend(self._host.name))

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        """Runs a shell command; code 124 when it took longer. Raises UnreachableError, MissingProgramError."""
        done = self._run(f"timeout {within_s} sh -c {shlex.quote(command)}", within_s)
        if missing := missing_program(done.code, done.err):
            raise MissingProgramError(
                self._host.name, f"{missing} is not installed", "deploy again; if the problem persists, install it"
            )
        return CommandResult(done.code, done.out, done.err)

    def _run(self, command: str, within_s: int) -> Done:
        def do(line: str, before: Sequence[str]) -> Done:
            return self._do(line, "".join(f"{text}\n" for text in before).encode(), within_s + _MORE_S)

        data = self._host.data
        try:
            return privileges.run(
                self._host.name, command, lambda script: f"sh -c {shlex.quote(script)}", do,
                bool(data.get("_sudo")), data.get("_sudo_password") or "",
            )  # fmt: skip
        except TimeoutError:
            return Done(124, "", "")

    def stream(self, command: str, source: Iterable[bytes] = (), sink: Sink = bytes) -> CommandResult:
        """Runs a shell command with a long input or output, after `run`; its output goes to the sink alone.

        Raises UnreachableError, and EnvivoError where nothing moves for a minute.
        """

        def do(line: str, before: Sequence[str], take: Sink) -> Done:
            given = Stream(chain((f"{text}\n".encode() for text in before), source), take)
            if self._host.name == LOCAL:
                return _streamed_here(line, given)
            ensure_ssh(self._host)
            return self.link.stream(for_any_shell(line), _SILENT_S, given)

        data = self._host.data
        try:
            done = privileges.stream(
                self._host.name, command, do, sink, bool(data.get("_sudo")), data.get("_sudo_password") or ""
            )
        except TimeoutError:
            what = f"no progress for {_SILENT_S} s"
            raise EnvivoError(self._host.name, what, "see whether the host is up, then run the command again") from None
        return CommandResult(done.code, done.out, done.err)

    def ask(self) -> None:
        """Connects, and so asks a person for what it takes: passphrases of keys, the password for sudo."""
        if self._host.name == LOCAL or self._host.data.get("_sudo"):
            self.run("true")
        elif over_ssh(self._host.name):
            self.link.open()

    def _do(self, line: str, stdin: bytes, within_s: float) -> Done:
        if self._host.name != LOCAL:
            ensure_ssh(self._host)
            return self.link.run(for_any_shell(line), within_s, stdin or None)
        try:
            done = subprocess.run(["sh", "-c", line], input=stdin, capture_output=True, timeout=within_s, check=False)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def close(self) -> None:
        self.link.close()


def _streamed_here(line: str, stream: Stream) -> Done:
    pipe, (held, let_go) = subprocess.PIPE, os.pipe()
    os.close(let_go)
    with (
        FileIO(held) as control,
        subprocess.Popen(["sh", "-c", line], stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0) as process,
    ):
        feed, out, err = process.stdin, process.stdout, process.stderr
        assert isinstance(feed, FileIO) and out and err  # noqa: S101 - pipes
        said = exchange((control.fileno(), out.fileno(), err.fileno()), feed, _SILENT_S, stream, True)
        if said is None:
            process.kill()
            raise TimeoutError
    return Done(process.returncode, "", said[2].decode(errors="replace"))


def missing_program(code: int, err: str) -> str:
    """Name of the program that the shell did not find (POSIX, Shell Command Language, 2.8.2); empty: none."""
    match = re.search(r"(\S+): (?:command )?not found$", err.strip()) if code == 127 else None
    return match[1] if match else ""


def ensure_ssh(host: Host) -> None:
    """Raises EnvivoError (exit code 2) for hosts of pyinfra's other connectors."""
    if not over_ssh(host.name):
        raise EnvivoError(
            host.name, "is not reached over SSH", f"only {LOCAL} and SSH hosts can be verified", exit_code=2
        )


@contextmanager
def remote_shells(hosts: Sequence[Host]) -> Iterator[dict[str, RemoteShell]]:
    """A shell for each host, by name. Connections are opened at first use and closed at the end."""
    shells = {host.name: RemoteShell(host) for host in hosts}
    try:
        yield shells
    finally:
        for shell in shells.values():
            shell.close()
