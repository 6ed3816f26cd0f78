"""A network of the test's own, without a way out: programs run in it, and functions of the test."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from tests.patience import patient

Given = ParamSpec("Given")
Got = TypeVar("Got")
_CLONE_NEWNET = 0x40000000
_STOPS_WITHIN_S = 5
_PREFIX = "envivo-test-"


class Namespace:
    def __init__(self, name: str, thread: ThreadPoolExecutor) -> None:
        self._name, self._thread = name, thread

    def run(self, function: Callable[Given, Got], /, *given: Given.args, **more: Given.kwargs) -> Got:
        """Calls the function in a thread that is in the namespace, as are the threads that it begins."""
        return self._thread.submit(function, *given, **more).result()

    @contextmanager
    def program(self, *command: str | Path, log: Path) -> Iterator[None]:
        """Runs a program for as long as the context lasts."""
        assert shutil.which(command[0]), f"{command[0]} is missing: run ./setup.sh tests"
        with log.open("wb") as said, self._started(command, said) as started:
            try:
                yield
            finally:
                started.terminate()
                try:
                    started.wait(_STOPS_WITHIN_S)
                except subprocess.TimeoutExpired:
                    started.kill()

    def _started(self, command: Sequence[str | Path], said: IO[bytes]) -> subprocess.Popen[bytes]:
        inside = ["ip", "netns", "exec", self._name, *command]
        return subprocess.Popen(inside, stdin=subprocess.DEVNULL, stdout=said, stderr=said)


@contextmanager
def namespace(*addresses: str) -> Iterator[Namespace]:
    """With these addresses (with prefix lengths) on a link that leads nowhere: they clash with none outside."""
    for left in Path("/run/netns").glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX)
        if pid == str(os.getpid()) or not Path("/proc", pid).exists():  # its process was killed
            _ip("netns", "delete", left.name)
    name = f"{_PREFIX}{os.getpid()}"
    _ip("netns", "add", name)
    try:
        inside = ("-n", name)
        _ip(*inside, "link", "add", "here", "type", "veth", "peer", "name", "nowhere")
        for link in ("lo", "here", "nowhere"):
            _ip(*inside, "link", "set", link, "up")
        for address in addresses:
            _ip(*inside, "address", "add", address, "dev", "here", *(["nodad"] if ":" in address else []))
        with ThreadPoolExecutor(1, initializer=_enter, initargs=(name,)) as thread:
            yield Namespace(name, thread)
    finally:
        _ip("netns", "delete", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=patient(10))


def _enter(name: str) -> None:
    """Moves the calling thread; Python has os.setns from 3.12 on."""
    with Path("/run/netns", name).open() as there:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(there.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns to {name}")
