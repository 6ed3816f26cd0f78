"""Commands over the connection of a running `ssh`, in the protocol that OpenSSH itself uses for ControlMaster.

https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.mux, version 4: OpenSSH 5.4 (2010) and later. What it
saves: docs/notes/pyinfra.md#commands-and-time.
"""

import os
import selectors
import socket
import time
from collections.abc import Iterator
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


def run(master: Path, command: str, within_s: float, stdin: bytes | None = None, agent: bool = False) -> Ended:
    """Runs the command in the login shell. `master`: socket of the `ssh`. Raises OSError where that is gone, and
    TimeoutError. However this call ends, it leaves no session open.
    """
    deadline = time.monotonic() + within_s
    with ExitStack() as opened:
        control = opened.enter_context(socket.socket(socket.AF_UNIX))
        control.settimeout(within_s)
        control.connect(str(master))
        control.sendall(packet(HELLO, VERSION) + request(command, agent))
        (out, out_of_host), (err, err_of_host) = _pipe(opened), _pipe(opened)
        in_of_host, feed = _pipe(opened) if stdin else (opened.enter_context(FileIO(os.devnull)), None)
        for file in (in_of_host, out_of_host, err_of_host):
            socket.send_fds(control, [b"\0"], [file.fileno()])
            file.close()
        said = _exchange([control.fileno(), out.fileno(), err.fileno()], feed, stdin or b"", deadline)
    if said is None:
        raise TimeoutError(f"no answer within {within_s:.0f} s")
    answers = dict(packets(said[0]))
    code = int.from_bytes(answers[EXIT][4:]) if EXIT in answers else None
    return Ended(code, said[1], said[2], FAILURE in answers or DENIED in answers)


def _pipe(opened: ExitStack) -> tuple[FileIO, FileIO]:
    reads, writes = os.pipe()
    return opened.enter_context(FileIO(reads)), opened.enter_context(FileIO(writes, "w"))


def _exchange(sources: list[int], feed: FileIO | None, stdin: bytes, deadline: float) -> list[bytes] | None:
    """All that each source says, while `stdin` goes into `feed`; None where the time is over before they end."""
    said = {number: bytearray() for number in sources}
    left = memoryview(stdin)
    with selectors.DefaultSelector() as ready:
        for number in sources:
            os.set_blocking(number, False)
            ready.register(number, selectors.EVENT_READ)
        if feed:
            os.set_blocking(feed.fileno(), False)
            ready.register(feed, selectors.EVENT_WRITE)
        while any(number in ready.get_map() for number in sources):
            if (remaining := deadline - time.monotonic()) <= 0:
                return None
            for key, _ in ready.select(remaining):
                if key.fileobj is feed:
                    left = left[_write(key.fd, left) :]
                    if feed and not left:
                        ready.unregister(feed)
                        feed.close()
                elif not _read(key.fd, said[key.fd]):
                    ready.unregister(key.fd)
    return list(map(bytes, said.values()))


def _read(number: int, into: bytearray) -> bool:
    """Whether there may be more."""
    try:
        more = os.read(number, _PIECE)
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    into += more
    return bool(more)


def _write(number: int, left: memoryview) -> int:
    """Bytes that need not be written again."""
    try:
        return os.write(number, left[:_PIECE])
    except BlockingIOError:
        return 0
    except BrokenPipeError:  # nobody reads them any more
        return len(left)
