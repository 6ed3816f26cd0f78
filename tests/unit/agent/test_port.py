"""The metrics port, as those see it that scrape it and those that ask whether all is well."""

import http.client
import socket
from functools import partial
from pathlib import Path

import pytest

from tests.patience import patient, until
from tests.unit.agent.live import FPS, SERVER, Document, publishing
from tests.unit.agent.scrape import families
from tests.unit.ports import free_ports

pytestmark = pytest.mark.usefixtures("installed")


def _ask(port: int, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, content type and body; 0 where nobody answers."""
    connection = http.client.HTTPConnection(SERVER, port, timeout=patient(5))
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    except OSError:
        return 0, "", ""
    finally:
        connection.close()


def _status(port: int) -> int:
    return _ask(port, "/metrics")[0]


def _value(port: int, name: str) -> float:
    """0 where it is not told yet."""
    family = families(_ask(port, "/metrics")[2]).get(f"envivo_agent_{name}")
    return family.value if family else 0.0


def test_port_tells_counters_that_grow_and_nothing_else(small: Document, program: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    small["metrics_port"] = port
    with publishing(small, program, tmp_path):
        status, kind, text = _ask(port, "/metrics")
        assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
        before = families(text)
        frames = before["envivo_agent_frames_sent_total"].value
        assert until(lambda now: now > frames + 20, partial(_value, port, "frames_sent_total"), 10, 0.2) > frames + 20
        after = families(_ask(port, "/metrics")[2])
        assert before.keys() <= after.keys()
        assert "envivo_agent_fps" not in before, "it has only just become live"
        for name, family in before.items():
            if family.kind == "counter":
                assert all(after[name].samples[labels] >= value for labels, value in family.samples.items()), name
        assert after["envivo_agent_sent_bytes_total"].value > before["envivo_agent_sent_bytes_total"].value
        assert FPS / 2 < until(lambda fps: fps > FPS / 2, partial(_value, port, "fps"), 10, 0.5) < 2 * FPS
        assert _ask(port, "/")[0] == 404
        assert _ask(port, "/metrics", "POST")[0] == 405
        assert _ask(port, "/metrics", "HEAD")[0] == 405


def test_port_answers_whoever_hangs_or_talks_nonsense_in_between(
    small: Document, program: Path, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    small["metrics_port"] = port
    with publishing(small, program, tmp_path) as (_, publisher):
        silent = [socket.create_connection((SERVER, port), 5) for _ in range(20)]
        with socket.create_connection((SERVER, port), 5) as rude:
            rude.sendall(b"\x16\x03\x01" + b"\xff" * 5000)
        socket.create_connection((SERVER, port), 5).close()
        assert _ask(port, "/healthz")[0] == 200
        for one in silent:
            one.close()
        assert _ask(port, "/healthz")[0] == 200
        assert publisher.process.poll() is None


def test_port_takes_a_request_that_comes_in_pieces(small: Document, program: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    small["metrics_port"] = port
    with publishing(small, program, tmp_path), socket.create_connection((SERVER, port), 5) as slow:
        slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        slow.sendall(b"GET /hea")
        # the first piece is read before the second one is sent
        assert _ask(port, "/healthz")[0] == 200
        slow.sendall(b"lthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")


def test_port_says_that_all_is_well_until_the_server_is_gone(small: Document, program: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    small["metrics_port"] = port
    with publishing(small, program, tmp_path) as (server, publisher):
        status, kind, said = _ask(port, "/healthz")
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        assert said.startswith("live: rtsp://127.0.0.1:")
        server.process.kill()
        status, _, said = until(lambda answer: answer[0] == 503, lambda: _ask(port, "/healthz"), 15, 0.2)
        assert status == 503, publisher.said()
        assert said.startswith("waiting-server: "), said
        causes = families(_ask(port, "/metrics")[2])["envivo_agent_restarts_total"].samples
        assert causes[("cause", "server"),] >= 1


def test_port_that_is_taken_is_a_warning_and_the_stream_goes_on(small: Document, program: Path, tmp_path: Path) -> None:
    with socket.create_server((SERVER, 0)) as taken:
        port = taken.getsockname()[1]
        small["metrics_port"] = port
        with publishing(small, program, tmp_path) as (_, publisher):
            assert f"<4>metrics_port: {port} cannot be used (" in publisher.said()


def test_port_is_open_on_loopback_alone_and_only_when_it_is_wanted(
    small: Document, program: Path, tmp_path: Path
) -> None:
    first, second = free_ports(2)
    with publishing(small, program, tmp_path) as (_, publisher):
        assert _status(first) == 0
        for port, old in ((first, second), (second, first), (0, second)):
            small["metrics_port"] = port
            publisher.reads_again(small)
            if port:
                assert until(bool, partial(_status, port), 10, 0.2) == 200
                with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), 2):
                    pass
            assert until(lambda status: status == 0, partial(_status, old), 10, 0.2) == 0
