import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from envivo.probes import ports
from tests.patience import patient
from tests.unit.ports import free_ports


@contextmanager
def program(answer: bytes | None) -> Iterator[int]:
    """Says `answer` to whoever has said something, and ends the connection; None says nothing and keeps it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def serve() -> None:
            connection, _ = server.accept()
            kept.append(connection)
            connection.recv(4096)
            if answer is not None:
                connection.sendall(answer)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()
            for connection in kept:
                connection.close()


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
    with program(answer) as port:
        assert ports.greet("127.0.0.1", port, greeting) == ports.Answer(True)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"220 mail ready\r\n", "answers in another protocol (b'220 mail"),
        (b"", "closes the connection"),
        (None, "takes connections but says nothing"),
    ],
)
def test_other_program_is_described(answer: bytes | None, problem: str) -> None:
    with program(answer) as port:
        seen = ports.greet("127.0.0.1", port, ports.RTSP, within_s=0.3 if answer is None else patient(3))
    assert seen.connected
    assert seen.problem.startswith(problem)


def test_port_where_nothing_listens_refuses() -> None:
    (port,) = free_ports(1)
    assert ports.greet("127.0.0.1", port, ports.HTTP) == ports.Answer(False, "refuses the connection")


def test_listening_sockets_are_read_from_ss() -> None:
    shown = (
        "udp UNCONN 0      0               *:8189        *:*\n"
        "tcp LISTEN 0      4096    127.0.0.1:9997  0.0.0.0:*\n"
        "tcp LISTEN 0      128          [::]:22       [::]:*\n"
    )
    assert ports.listening(shown) == {("udp", 8189), ("tcp", 9997), ("tcp", 22)}
