"""TCP ports: does a program answer there, in the protocol that is expected of it?"""

import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple


class Greeting(NamedTuple):
    """The first words of a protocol: what a client says, and how the answer of a server begins."""

    name: str
    client: bytes
    server: bytes


RTMP = Greeting("RTMP", b"\x03" + bytes(1536), b"\x03")
"""C0 and C1; S0 names the same version (RTMP 1.0, section 5.2)."""
RTSP = Greeting("RTSP", b"OPTIONS rtsp://127.0.0.1/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"RTSP/1.0 ")
HTTP = Greeting("HTTP", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"HTTP/1.1 ")


@dataclass(frozen=True)
class PortAnswer:
    connected: bool
    problem: str = ""
    """Empty where the answer is as expected."""


def greet(address: str, port: int, greeting: Greeting, within_s: float = 5) -> PortAnswer:
    """Connects, greets, and reads as much as tells the protocol."""
    try:
        connection = socket.create_connection((address, port), timeout=within_s)
    except TimeoutError:
        return PortAnswer(False, "does not answer")
    except ConnectionRefusedError:
        return PortAnswer(False, "refuses the connection")
    except OSError as error:
        return PortAnswer(False, f"cannot be reached ({error.strerror or error})")
    with connection:
        heard = b""
        try:
            connection.sendall(greeting.client)
            while len(heard) < len(greeting.server) and (more := connection.recv(64)):
                heard += more
        except TimeoutError:
            return PortAnswer(True, "accepts connections but does not answer")
        except OSError as error:
            return PortAnswer(True, f"drops the connection ({error.strerror or error})")
    if not heard.startswith(greeting.server):
        return PortAnswer(True, f"answers in another protocol ({heard[:16]!r})" if heard else "closes the connection")
    return PortAnswer(True)


UNKNOWN = "a program"
"""Of a socket that ss shows without one: the kernel's own, as WireGuard's."""
COMM = 15
"""Characters of a program's name that the kernel keeps (proc(5), /proc/PID/comm)."""


class Socket(NamedTuple):
    protocol: str
    port: int
    loopback: bool
    program: str
    others: tuple[str, ...] = ()
    """Programs that hold it too, such as systemd, which opened it for one of them."""


def sockets(shown: str) -> list[Socket]:
    """Each line of `ss -Hlntup`."""
    found = []
    for words in (line.split(maxsplit=6) for line in shown.splitlines()):
        if len(words) >= 6:
            address, _, port = words[4].rpartition(":")
            programs = list(dict.fromkeys(re.findall(r'\("([^"]+)",pid=', words[6]))) if len(words) > 6 else []
            alone = address.startswith(("127.", "[::1]", "[::ffff:127.")) or address.endswith("%lo")
            first, *others = programs or [UNKNOWN]
            found.append(Socket(words[0], int(port), alone, first, tuple(others)))
    return found


def held_only_by(socket: Socket, programs: Collection[str]) -> bool:
    """Whether all programs that hold the socket are among these, beside systemd where it opened it for one of them."""
    known = {name[:COMM] for name in programs}
    holders = {socket.program, *socket.others}
    return bool(holders & known) and holders <= known | {"systemd"}


def listening(sockets: str) -> set[tuple[str, int]]:
    """Protocol and port of each line of `ss -Hlntu`."""
    lines = (line.split() for line in sockets.splitlines())
    return {(words[0], int(words[4].rpartition(":")[2])) for words in lines if len(words) >= 5}
