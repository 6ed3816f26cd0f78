"""A proxy of the user's that ends TLS: a real Caddy in front of the one that hosts get, and MediaMTX behind both.

All are on loopback, each with an address of its own, so that it shows whose address is taken for the client's.
"""

import http.client
import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from envivo.orchestration.environment import Environment
from envivo.probes import whep
from tests.patience import patient, until
from tests.unit.doors.doors import PUBLISHED, person, right
from tests.unit.doors.real_mediamtx import loopback_mediamtx
from tests.unit.ports import free_ports
from tests.unit.settings.environments import DOMAIN, lab
from tests.unit.settings.pairs import signed

PROXY, STRANGER, VIEWER = "127.0.0.7", "127.0.0.8", "127.0.0.9"
OUTER = """
{
	admin off
	auto_https off
	skip_install_trust
}
https://:PORT {
	tls CERTIFICATE KEY
	bind 127.0.0.1
	log
	reverse_proxy 127.0.0.1:PAGE {
		transport http {
			local_address FROM
		}
	}
}
"""


@dataclass(frozen=True)
class Chain:
    settings: Environment
    port: int
    """Of the outer Caddy."""
    page: int
    """Of the inner one."""
    mediamtx_log: Path
    refusals: Any
    """Function: what the inner Caddy logs of refused passwords."""

    def through(
        self, method: str, target: str, body: str = "", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """As a browser of the address VIEWER."""
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=patient(20), source_address=(VIEWER, 0), context=anybody
        )
        return asked(connection, method, target, body, {"Host": DOMAIN, **headers})

    def past(self, source: str, method: str, target: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        """Of `source` itself, without the proxy."""
        connection = http.client.HTTPConnection("127.0.0.1", self.page, timeout=patient(20), source_address=(source, 0))
        return asked(connection, method, target, "", {"Host": DOMAIN, **headers})


def asked(
    connection: http.client.HTTPConnection, method: str, target: str, body: str, headers: dict[str, str]
) -> tuple[int, http.client.HTTPMessage, str]:
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode(errors="replace")
    finally:
        connection.close()


@contextmanager
def outer(directory: Path, program: Path, port: int, page: int) -> Iterator[None]:
    pair = signed(DOMAIN)
    for name, pem in (("certificate.pem", pair.certificate), ("key.pem", pair.key)):
        (directory / name).write_text(pem)
    values = {
        "PORT": str(port), "PAGE": str(page), "FROM": PROXY,
        "CERTIFICATE": f"{directory}/certificate.pem", "KEY": f"{directory}/key.pem",
    }  # fmt: skip
    text = re.sub("|".join(values), lambda found: values[found[0]], OUTER)
    (directory / "Caddyfile").write_text(text)
    environ = {"XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory), "HOME": str(directory)}
    argv = [str(program), "run", "--config", str(directory / "Caddyfile"), "--adapter", "caddyfile"]
    with (directory / "log").open("wb") as said:
        process = subprocess.Popen(argv, stdout=said, stderr=said, env=environ)
    try:
        yield
    finally:
        process.terminate()
        process.wait(patient(15))


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, caddy_program: Path, mediamtx_program: Path) -> Iterator[Chain]:
    from loopback_caddy import loopback_caddy

    names = ("rtsp_port", "rtmp_port", "api_port", "metrics_port", "playback_port")
    port, page, health, webrtc, media, hls, *ports = free_ports(len(names) + 6)
    settings = lab(
        web={"domain": DOMAIN, "port": page, "health_port": health, "trusted_proxies": [PROXY]},
        mediamtx={
            **dict(zip(names, ports, strict=True)),
            "webrtc": {"port": webrtc, "media_port": media, "additional_hosts": ["198.51.100.10"]},
            "hls": {"port": hls},
            "paths": {"webcam": {**PUBLISHED, "viewers": [person("anna")]}, "open": PUBLISHED},
        },
    )
    folders = {name: tmp_path_factory.mktemp(name) for name in ("inner", "outer", "mediamtx")}
    with (
        loopback_mediamtx(settings, folders["mediamtx"], mediamtx_program),
        loopback_caddy(settings, folders["inner"], caddy_program) as caddy,
        outer(folders["outer"], caddy_program, port, page),
    ):
        (caddy.root / "web" / "index.html").write_text("the page")
        found = Chain(settings, port, page, folders["mediamtx"] / "mediamtx.log", caddy.refusals)

        def passes() -> bool:
            try:
                return found.through("GET", "/time")[0] == 200
            except OSError:
                return False

        assert until(bool, passes, 20, 0.05), (folders["outer"] / "log").read_text()
        yield found


def test_page_and_clock_come_through(chain: Chain) -> None:
    assert chain.through("GET", "/web/")[2] == "the page"
    status, headers, _ = chain.through("GET", "/")
    assert (status, headers["Location"].lstrip("/")) == (302, "web/")
    assert chain.through("GET", "/time")[2].isdigit()
    listed = json.loads(chain.through("GET", "/api/paths")[2])
    assert [path["name"] for path in listed] == ["webcam", "open"]
    status, _, body = chain.through("GET", "/api/paths/open")
    assert (status, json.loads(body)["live"]) == (200, False)


def test_session_of_a_publisher_begins_and_ends_through_it_and_is_known_by_its_address(chain: Chain) -> None:
    offer = whep.offer().replace("recvonly", "sendonly")
    authorization = {"Authorization": f"Bearer camera:{PUBLISHED['publisher']['password']}"}
    status, headers, answer = chain.through(
        "POST", "/webrtc/whip/open", offer, **{"Content-Type": "application/sdp", **authorization}
    )

    assert status == 201, answer
    assert headers["Location"].startswith("/webrtc/whip/open/")
    assert "198.51.100.10" in answer  # media does not pass the proxy
    status, _, _ = chain.through("DELETE", headers["Location"], **authorization)
    assert status == 200
    assert re.search(rf"\[WebRTC\] \[session \w+\] created by {re.escape(VIEWER)}", chain.mediamtx_log.read_text())


def test_refused_password_is_logged_with_the_address_of_the_client(chain: Chain) -> None:
    before = len(chain.refusals())
    status, headers, _ = chain.through("GET", "/api/paths/webcam", Authorization=right("anna") + "x")
    assert status == 401 and headers["WWW-Authenticate"]

    lines = until(bool, lambda: chain.refusals()[before:], 10, 0.05)
    assert [(line["request"]["remote_ip"], line["request"]["client_ip"]) for line in lines] == [(PROXY, VIEWER)]


def test_address_that_a_client_claims_is_not_believed(chain: Chain) -> None:
    before = len(chain.refusals())
    chain.through("GET", "/api/paths/webcam", **{"Authorization": right("anna") + "x", "X-Forwarded-For": "192.0.2.66"})

    lines = until(bool, lambda: chain.refusals()[before:], 10, 0.05)
    assert [line["request"]["client_ip"] for line in lines] == [VIEWER]


@pytest.mark.parametrize("source", [STRANGER, "127.0.0.1"])
@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/web/"),
        ("GET", "/web/index.html"),
        ("GET", "/api/paths"),
        ("GET", "/api/paths/open"),
        ("GET", "/api/inside/open"),
        ("GET", "/recordings/"),
        ("GET", "/recordings/open/"),
        ("GET", "/hls/open/index.m3u8"),
        ("POST", "/webrtc/whep/open"),
        ("POST", "/webrtc/whip/open"),
        ("GET", "/time"),
        ("GET", "/past-the-proxy"),
        ("GET", "/nothing"),
    ],
)
def test_whoever_comes_past_the_proxy_is_refused(chain: Chain, source: str, method: str, target: str) -> None:
    for claims in ({}, {"X-Forwarded-For": PROXY}, {"X-Forwarded-For": VIEWER}):
        status, headers, body = chain.past(source, method, target, **claims)
        assert (status, body) == (403, "403 Forbidden")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_mediamtx_is_reached_through_caddy_alone(chain: Chain) -> None:
    """Its HTTP servers listen where no other machine is, as with a certificate of envivo's own."""
    mediamtx = chain.settings.mediamtx
    shown = subprocess.run(["ss", "-Hlnt"], capture_output=True, text=True, check=True).stdout
    places = {line.split()[3] for line in shown.splitlines()}
    for port in (mediamtx.webrtc.port, mediamtx.hls.port, chain.page):
        assert {place for place in places if place.endswith(f":{port}")} <= {f"127.0.0.1:{port}"}
