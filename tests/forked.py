"""`python -m pyinfra` that begins with what it imports, in a fork of a process that has it: half of its CPU time.

pyinfra imports all of itself before it reads its arguments, so a fork is what a new process is then. Its directory,
variables and files are its own; PYTHONPATH must be that of this process.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from envivo.core import polling

_SERVER = Path(__file__).with_name("pyinfra_forks.py")


@cache
def _server() -> "subprocess.Popen[str]":
    """One for this process, which ends with it."""
    pipe = subprocess.PIPE
    server = subprocess.Popen([sys.executable, _SERVER], stdin=pipe, stdout=pipe, text=True)
    atexit.register(server.communicate)
    return server


def _asked(request: list[Any]) -> Any:
    server = _server()
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(f"{json.dumps(request)}\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


class Forked:
    """As much of subprocess.Popen as tests need. It has nothing to read."""

    stdin = None

    def __init__(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], out: IO[str], err: IO[str]) -> None:
        files = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
        self.pid: int = _asked(["begin", list(arguments), str(cwd), dict(env), *files])
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            self._code = _asked(["poll", self.pid])
        return self._code

    def wait(self, timeout: float) -> int:
        code = polling.until(lambda code: code is not None, self.poll, timeout, 0.02)
        if code is None:
            raise subprocess.TimeoutExpired(f"pyinfra (pid {self.pid})", timeout)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> "Forked":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.wait(10)


def ran(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """To its end."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err, Forked(arguments, cwd, env, out, err) as process:
        return subprocess.CompletedProcess(list(arguments), process.wait(timeout), out.read(), err.read())
