"""Deploys of a few lines, by pyinfra itself, to a host that is this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.forked import Forked
from tests.patience import patient, until

_CONFIG = """
from envivo.operations import connection
from envivo.operations import interruption
from envivo.operations import lease, lock, taking
from envivo.operations import openssh

interruption.heed()
openssh.install()
lease.LOCK = {lock!r}
{constants}
"""
_DEPLOY = """
from pyinfra import host
from pyinfra.operations import server

from envivo.operations.connection import connection_of
from envivo.operations.lock import lock

connection_of(host)
{before}
lock(name="Lock")
server.shell(name="Work", commands=[{work!r}])
server.shell(name="More work", commands=[{more!r}])
"""


class Deploy:
    """One that runs. `said` grows with its standard error."""

    def __init__(self, process: "subprocess.Popen[str] | Forked", log: Path) -> None:
        self.process, self._log = process, log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def until(self, words: str) -> None:
        until(lambda said: words in said or self.process.poll() is not None, lambda: self.said, 20, 0.05)
        assert words in self.said, self.said

    def end(self, within_s: float = 30) -> int:
        """Its exit code."""
        return self.process.wait(patient(within_s))


class Gate:
    """A command that runs until it is told to end."""

    def __init__(self, directory: Path) -> None:
        self._fifo, self._begun = directory / "gate", directory / "begun"
        os.mkfifo(self._fifo)
        self.command = f"touch {self._begun}; cat {self._fifo} >/dev/null"

    def begun(self) -> None:
        """Waits until the command runs."""
        assert until(bool, self._begun.exists, 20, 0.05), "the command was not begun"

    def end(self) -> None:
        """Ends it. Fails where it does not run."""
        self.begun()
        os.close(os.open(self._fifo, os.O_WRONLY))


class Machine:
    """A controller that is its own only host, with a lock of its own. Its login is root, to the lock."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.lock = directory, directory / "lock"
        self.inventory = "@local"
        self.configure()
        programs = directory / "programs"
        programs.mkdir()
        (programs / "id").write_text("#!/bin/sh\necho 0\n")
        (programs / "id").chmod(0o755)
        self.environ = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        self._number = 0

    def configure(self, **constants: float) -> None:
        """Sets bounds: `connection__COMMAND_WITHIN_S=2`."""
        lines = [f"{name.replace('__', '.')} = {value}" for name, value in constants.items()]
        text = _CONFIG.format(lock=str(self.lock), constants="\n".join(lines))
        (self.directory / "config.py").write_text(text)

    @contextmanager
    def deploy(
        self, work: str, *options: str, more: str = "true", before: str = "", asks: bool = False
    ) -> Iterator[Deploy]:
        """Runs a deploy of two operations after the lock; killed at the end of the context where it still runs.

        `before`: a line of deploy code before the operations. `asks`: it is not given -y, and has an input to read.
        """
        self._number += 1
        file, log = self.directory / f"deploy{self._number}.py", self.directory / f"{self._number}.log"
        file.write_text(_DEPLOY.format(work=work, more=more, before=before))
        arguments = [self.inventory, file.name, *options]
        out = self.directory / f"{self._number}.json"
        with log.open("w") as said, out.open("w") as results, self._pyinfra(arguments, asks, results, said) as process:
            try:
                yield Deploy(process, log)
            finally:
                process.kill()

    def _pyinfra(
        self, arguments: Sequence[str], asks: bool, results: IO[str], said: IO[str]
    ) -> "subprocess.Popen[str] | Forked":
        if not asks:
            return Forked(arguments, self.directory, self.environ, results, said)
        return subprocess.Popen(
            [sys.executable, "-m", "pyinfra", *arguments],
            cwd=self.directory, stdin=subprocess.PIPE, stdout=results, stderr=said, text=True, env=self.environ,
        )  # fmt: skip

    def results(self) -> dict[str, Any]:
        """Of the last deploy, which was given --json."""
        read: dict[str, Any] = json.loads((self.directory / f"{self._number}.json").read_text())
        return read

    def reached_over_ssh(self, ports: Mapping[str, int], ssh_config: str = "") -> None:
        """Host -> port of an SSH server on loopback, in place of `@local`."""
        (self.directory / "ssh_config").write_text(ssh_config)
        given = {"ssh_user": "test", "ssh_password": "test", "ssh_config_file": str(self.directory / "ssh_config"),
                 "ssh_known_hosts_file": str(self.directory / "known_hosts")}  # fmt: skip
        hosts = [(name, {"ssh_hostname": "127.0.0.1", "ssh_port": port, **given}) for name, port in ports.items()]
        self.inventory = "inventory.py"
        (self.directory / "known_hosts").touch()
        (self.directory / self.inventory).write_text(f"hosts = {hosts!r}\n")

    def gate(self) -> "Gate":
        return Gate(self.directory)
