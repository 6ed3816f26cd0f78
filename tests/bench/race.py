"""A command that makes a stream, and a viewer who waits for the first picture."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from threading import Thread

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.probes import ProbeError, whep

_EVERY_S = 0.1
_COMMAND_WITHIN_S = 900
_PICTURE_WITHIN_S = 60
"""After the command has ended."""


@dataclass
class Command:
    """A command at work. Times are seconds since it was started."""

    argv: Sequence[str]
    process: subprocess.Popen[str]
    began: float = field(default_factory=time.monotonic)
    said: list[tuple[float, str]] = field(default_factory=list)
    ended: float | None = None

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def listen(self) -> None:
        assert self.process.stdout
        self.said.extend((self.elapsed, line.rstrip()) for line in self.process.stdout)
        self.process.wait()
        self.ended = self.elapsed

    def failure(self, what: str) -> EnvivoError:
        last = "\n".join(line for _, line in self.said[-20:])
        return EnvivoError(self.argv[0], what, f"it ended with\n{last}")


@dataclass(frozen=True)
class Result:
    """Seconds since the command was started."""

    first_frame: float
    command: float
    phases: dict[str, float]


def race(argv: Sequence[str], environ: Mapping[str, str], endpoint: str) -> Result:
    """Starts clock, command and viewer together. Raises EnvivoError where they get nowhere."""
    import_module("aiortc")  # slow to load: not on the clock
    with _started(argv, environ) as command:
        listener = Thread(target=command.listen)
        listener.start()
        _wait_for_a_picture(endpoint, command)
        first_frame = command.elapsed
        listener.join(_COMMAND_WITHIN_S)
    if command.ended is None or command.process.returncode:
        raise command.failure(f"exit code {command.process.returncode}")
    return Result(first_frame, command.ended, phases(command.said, command.ended))


@contextmanager
def _started(argv: Sequence[str], environ: Mapping[str, str]) -> Iterator[Command]:
    with subprocess.Popen(
        argv, cwd=ROOT, env=environ, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            yield Command(argv, process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _wait_for_a_picture(endpoint: str, command: Command) -> None:
    while True:
        try:
            with whep.session(endpoint):  # refused until somebody publishes, and cheaper to ask than a peer connection
                pass
            if whep.watch(endpoint, wanted=1, within_s=10).decoded:
                return
        except ProbeError:
            pass
        if command.process.returncode:
            raise command.failure(f"exit code {command.process.returncode}")
        if command.elapsed > (_COMMAND_WITHIN_S if command.ended is None else command.ended + _PICTURE_WITHIN_S):
            raise command.failure("no picture came")
        time.sleep(_EVERY_S)


def phases(said: Sequence[tuple[float, str]], ended: float) -> dict[str, float]:
    """Seconds of each step that a command announces by a line `--> NAME`, as pyinfra does."""
    begun = [(0.0, "Start")]
    for at, line in said:
        if match := re.match(r"--> (?:Starting operation: )?(.+)", line):
            begun.append((at, match[1].strip().rstrip(".")))
    ends = [at for at, _ in begun[1:]] + [ended]
    return {name: end - at for (at, name), end in zip(begun, ends, strict=True)}
