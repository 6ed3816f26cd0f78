import socket
from collections.abc import Callable

import pytest

from envivo.probes import ports
from tests.patience import patient
from tests.unit.ports import free_ports
from tests.unit.probes.server import answering, silent, taking


@pytest.mark.parametrize(
    ("greeting", "answer"),
    [
        (ports.HTTP, b"HTTP/1.1 404 Not Found\r\n"),
        (ports.RTSP, b"RTSP/1.0 200 OK\r\n"),
        (ports.RTMP, b"\x03" + bytes(9)),
    ],
    ids=lambda value: value.name if isinstance(value, ports.Greeting) else "",
)
def test_program_that_speaks_the_protocol_is_recognized(greeting: ports.Greeting, answer: bytes) -> None:
    with taking(answering(answer)) as port:
        assert ports.greet("127.0.0.1", port, greeting) == ports.PortAnswer(True)


@pytest.mark.parametrize(
    ("serve", "problem"),
    [
        (answering(b"220 mail ready\r\n"), "answers in another protocol (b'220 mail"),
        (answering(b""), "closes the connection"),
        (silent, "accepts connections but does not answer"),
    ],
)
def test_other_program_is_described(serve: Callable[[socket.socket], None], problem: str) -> None:
    with taking(serve) as port:
        seen = ports.greet("127.0.0.1", port, ports.RTSP, within_s=0.3 if serve is silent else patient(3))
    assert seen.connected
    assert seen.problem.startswith(problem)


def test_port_where_nothing_listens_refuses() -> None:
    (port,) = free_ports(1)
    assert ports.greet("127.0.0.1", port, ports.HTTP) == ports.PortAnswer(False, "refuses the connection")


def test_listening_sockets_are_read_from_ss() -> None:
    shown = (
        "udp UNCONN 0      0               *:8189        *:*\n"
        "tcp LISTEN 0      4096    127.0.0.1:9997  0.0.0.0:*\n"
        "tcp LISTEN 0      128          [::]:22       [::]:*\n"
    )
    assert ports.listening(shown) == {("udp", 8189), ("tcp", 9997), ("tcp", 22)}
