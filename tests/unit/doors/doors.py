"""A Caddy as hosts get it, with a MediaMTX behind it that only refuses, and requests as they are on the wire."""

import base64
import http.client
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import bcrypt

from envivo.orchestration.environment import Environment
from tests.patience import patient
from tests.unit.ports import free_ports
from tests.unit.settings.environments import PASSWORD, lab

if TYPE_CHECKING:
    from loopback_caddy import Caddy

PUBLISHED = {"publisher": {"user": "camera", "password": PASSWORD}}


def person(user: str) -> dict[str, str]:
    return {"user": user, "password": f"{PASSWORD}-{user}"}


def right(user: str) -> str:
    return basic(user, f"{PASSWORD}-{user}")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def settings(paths: dict[str, Any]) -> Environment:
    """The lab's, all of whose ports are free here."""
    page, health, webrtc, hls, api = free_ports(5)
    return lab(
        web={"port": page, "health_port": health},
        mediamtx={"webrtc": {"port": webrtc}, "hls": {"port": hls}, "api_port": api, "paths": paths},
    )


@contextmanager
def connected(origin: str) -> Iterator[http.client.HTTPConnection]:
    """Of the requests over one connection a server begins with the next when all is done for the one before."""
    at = urlsplit(origin)
    connection = http.client.HTTPConnection(str(at.hostname), at.port, timeout=patient(20))
    try:
        yield connection
    finally:
        connection.close()


def asked(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    authorization: Sequence[str],
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Status and body; a header for each `authorization`, as it is."""
    connection.putrequest(method, target, skip_accept_encoding=True)
    for one in authorization:
        connection.putheader("Authorization", one.encode("latin-1"))
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace")


def ask(
    origin: str, target: str, *authorization: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """As `asked`, over a connection of its own."""
    with connected(origin) as connection:
        return asked(connection, method, target, authorization, headers)


@contextmanager
def refusing(port: int, password: str = "") -> Iterator[None]:
    """What MediaMTX is in these tests: 401 to all, or 200 to those with the one password."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            ok = password and self.headers.get("Authorization") == password
            self.send_response(200 if ok else 401)
            self.send_header("Content-Length", "7")
            self.send_header("Access-Control-Allow-Origin", "https://www.company.net")
            if not ok:
                self.send_header("WWW-Authenticate", 'Basic realm="mediamtx"')
            self.end_headers()
            self.wfile.write(b"refused")

        do_GET = do_DELETE = do_POST  # noqa: N815 - the names are Python's

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def door(paths: dict[str, Any], directory: Path, program: Path) -> Iterator["Caddy"]:
    from loopback_caddy import loopback_caddy

    its = settings(paths)
    with (
        refusing(its.mediamtx.webrtc.port),
        refusing(its.mediamtx.hls.port, right("anna")),
        loopback_caddy(its, directory, program) as caddy,
    ):
        yield caddy


def dear_comparison_s() -> float:
    """CPU time of one comparison at cost 14, in seconds: sixteen times one of cost 10."""
    begin = time.process_time()
    bcrypt.hashpw(b"x", b"$2b$10$" + b"." * 22)
    return (time.process_time() - begin) * 16
