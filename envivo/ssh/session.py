"""Commands over the connection of a running `ssh`, in the protocol that OpenSSH itself uses for ControlMaster.

https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.mux, version 4: OpenSSH 5.4 (2010) and later. What it
saves: docs/notes/pyinfra.md#commands-and-time.
"""

import os
import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import NamedTuple

VERSION = 4
HELLO, NEW_SESSION = 0x00000001, 0x10000002
DENIED, FAILURE, EXIT = 0x80000002, 0x80000003, 0x80000004
_NO_ESCAPE = 0xFFFFFFFF
_PIECE = 1 << 16


class Ended(NamedTuple):
    code: int | None
    """None: the host reported no end, since the command was killed or the connection was lost."""
    out: bytes
    err: bytes
    refused: bool = False
    """The host allows no further session now; the command did not run."""


def packet(kind: int, *fields: int | bytes) -> bytes:
    return _field(b"".join(map(_field, (kind, *fields))))


def _field(value: int | bytes) -> bytes:
    return value.to_bytes(4) if isinstance(value, int) else len(value).to_bytes(4) + value


def request(command: str, agent: bool) -> bytes:
    """A session that runs the command, without a terminal and X11. `agent`: it may use this machine's."""
    reserved, terminal = b"", b""
    return packet(NEW_SESSION, 0, reserved, 0, 0, int(agent), 0, _NO_ESCAPE, terminal, command.encode())


def packets(said: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each packet that has come as a whole."""
    while len(said) >= 8 and len(said) >= (end := 4 + int.from_bytes(said[:4])):
        yield int.from_bytes(said[4:8]), said[8:end]
        said = said[end:]


Sink = Callable[[bytes], object]


class Stream(NamedTuple):
    """Input and output of a command that may be longer than memory is; the bound is for the time without either."""

    source: Iterable[bytes] = ()
    """Standard input, in pieces."""
    sink: Sink = bytes
    """Takes standard output, piece by piece, as it comes."""


def run(
    master: Path,
    command: str,
    within_s: float,
    stdin: bytes | None = None,
    agent: bool = False,
    stream: Stream | None = None,
) -> Ended:
    """Runs the command in the login shell. `master`: socket of the `ssh`. Raises OSError where that is gone, and
    TimeoutError. However this call ends, it leaves no session open.
    """  # fmt: skip
    with ExitStack() as opened:
        control = opened.enter_context(socket.socket(socket.AF_UNIX))
        control.settimeout(within_s)
        control.connect(str(master))
        control.sendall(packet(HELLO, VERSION) + request(command, agent))
        (out, out_of_host), (err, err_of_host) = _pipe(opened), _pipe(opened)
        in_of_host, feed = _pipe(opened) if stdin or stream else (opened.enter_context(FileIO(os.devnull)), None)
        for file in (in_of_host, out_of_host, err_of_host):
            socket.send_fds(control, [b"\0"], [file.fileno()])
            file.close()
        numbers = control.fileno(), out.fileno(), err.fileno()
        said = exchange(numbers, feed, within_s, stream or Stream([stdin] if stdin else ()), bool(stream))
    if said is None:
        raise TimeoutError(f"no answer within {within_s:.0f} s")
    answers = dict(packets(said[0]))
    code = int.from_bytes(answers[EXIT][4:]) if EXIT in answers else None
    return Ended(code, said[1], said[2], FAILURE in answers or DENIED in answers)


def _pipe(opened: ExitStack) -> tuple[FileIO, FileIO]:
    reads, writes = os.pipe()
    return opened.enter_context(FileIO(reads)), opened.enter_context(FileIO(writes, "w"))


def exchange(
    numbers: tuple[int, int, int], feed: FileIO | None, within_s: float, stream: Stream, streams: bool
) -> list[bytes] | None:
    """All that a command says on its control channel, standard output and errors, while the source goes into `feed`;
    None where the time is over before they end. `streams`: the sink takes the output, and `within_s` restarts with
    each piece.
    """
    said = {number: bytearray() for number in numbers}
    takes: dict[int, Sink] = {number: said[number].extend for number in numbers}
    if streams:
        takes[numbers[1]] = stream.sink
    pieces, left = iter(stream.source), memoryview(b"")
    deadline = time.monotonic() + within_s
    with selectors.DefaultSelector() as ready:
        for number in numbers:
            os.set_blocking(number, False)
            ready.register(number, selectors.EVENT_READ)
        if feed:
            os.set_blocking(feed.fileno(), False)
            ready.register(feed, selectors.EVENT_WRITE)
        while any(number in ready.get_map() for number in numbers):
            if (remaining := deadline - time.monotonic()) <= 0:
                return None
            moved = ready.select(remaining)
            for key, _ in moved:
                if feed and key.fileobj is feed:
                    left = left or memoryview(next(pieces, b""))
                    if not left:
                        ready.unregister(feed)
                        feed.close()
                    else:
                        left = left[_write(key.fd, left) :]
                elif not _read(key.fd, takes[key.fd]):
                    ready.unregister(key.fd)
            if streams and moved:  # after the source and the sink have taken their time
                deadline = time.monotonic() + within_s
    return list(map(bytes, said.values()))


def _read(number: int, take: Sink) -> bool:
    """Whether there may be more."""
    try:
        more = os.read(number, _PIECE)
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    if more:
        take(more)
    return bool(more)


def _write(number: int, left: memoryview) -> int:
    """Bytes that need not be written again."""
    try:
        return os.write(number, left[:_PIECE])
    except BlockingIOError:
        return 0
    except BrokenPipeError:  # their reader has ended
        return len(left)
