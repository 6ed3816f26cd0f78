"""What a real Caddy with TLS answers to requests for names that are not the page's."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from envivo.config.lazy import merged
from envivo.orchestration.environment import environment
from tests.patience import patient
from tests.unit.ports import free_ports
from tests.unit.settings.environments import DOMAIN, THREE_MACHINES, TURN_DOMAIN, filled_in
from tests.unit.settings.pairs import signed

HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy")


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory, caddy_program: Path) -> Iterator[int]:
    """Its port."""
    from loopback_caddy import loopback_caddy

    pair = signed(DOMAIN, TURN_DOMAIN)
    http_port, https_port, health, webrtc, hls, api = free_ports(6)
    more = {
        "web": {
            "health_port": health,
            "tls": {"issuer": "files", "certificate": pair.certificate, "key": pair.key},
        },
        "mediamtx": {"webrtc": {"port": webrtc}, "hls": {"port": hls}, "api_port": api},
    }
    settings = environment(**merged(filled_in(THREE_MACHINES), more)).read()
    with loopback_caddy(settings, tmp_path_factory.mktemp("caddy"), caddy_program, low_ports=(http_port, https_port)):
        yield https_port


def asked_over_tls(port: int, host: str, target: str = "/") -> http.client.HTTPResponse:
    """With the page's name in the handshake and another in the request."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), patient(10)) as plain,
        anybody.wrap_socket(plain, server_hostname=DOMAIN) as secure,
    ):
        secure.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(secure)
        answer.begin()
        answer.read()
        return answer


HOSTS = ["evil.example", "127.0.0.1", "localhost", f"www.{DOMAIN}", f"{DOMAIN}.evil.example", ""]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("target", ["/", "/web/", "/recordings/webcam/", "/api/inside/webcam"])
def test_foreign_name_is_refused_with_the_headers_of_every_answer(https: int, host: str, target: str) -> None:
    answer = asked_over_tls(https, host, target)

    assert 400 <= answer.status < 500
    assert answer.getheader("Server") is None
    if answer.status != 400:  # which Go gives by itself, before Caddy sees the request
        assert all(answer.getheader(name) for name in HEADERS)


def test_page_has_its_own_name_of_any_case_and_port(https: int) -> None:
    for host in (DOMAIN, DOMAIN.upper(), f"{DOMAIN}:{https}"):
        answer = asked_over_tls(https, host, "/api/paths")
        assert answer.status == 200 and all(answer.getheader(name) for name in HEADERS)
