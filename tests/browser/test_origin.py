"""The origin in front of everything (templates/media/Caddyfile.j2), asked without a browser."""

import http.client
import time
from urllib.parse import urlsplit

import pytest
import requests

from tests.patience import patient

from .viewer import PATH

PAGE = {"x-requested-with": "envivo"}
SDP = {"content-type": "application/sdp"}


def ask(origin: str, method: str, target: str) -> int:
    """The status for a target that is sent as it stands: no client tidies up its dots."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=patient(10))
    try:
        connection.request(method, target)
        return connection.getresponse().status
    finally:
        connection.close()


def test_every_answer_carries_the_security_headers(origin: str) -> None:
    for target in ("/web/player.html", "/web/nothing", "/nothing", "/recordings/"):
        headers = requests.get(origin + target, timeout=patient(10)).headers
        assert "default-src 'none'" in headers["content-security-policy"], target
        assert headers["x-content-type-options"] == "nosniff", target
        assert headers["referrer-policy"] == "no-referrer", target
        assert {"server", "via"}.isdisjoint(name.lower() for name in headers), target


def test_nothing_else_is_reachable(origin: str) -> None:
    for method, target, status in (
        ("GET", f"/webrtc/whep/{PATH}", 405),
        ("PUT", f"/hls/{PATH}/index.m3u8", 405),
        ("GET", f"/hls/{PATH}/", 404),
        ("GET", "/healthz", 404),  # for the host itself, on a port of its own
        ("GET", f"/hls/{PATH}/reader.js", 404),
        ("DELETE", "/recordings/", 405),
        ("PUT", "/recordings/new.mp4", 405),
        ("GET", "/web/.hidden", 404),
        ("GET", "/web/../../etc/passwd", 404),
        ("GET", "/web/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/recordings/..%2f..%2fetc/passwd", 404),
        ("POST", "/webrtc/whep/../../v3/config/global/get", 404),
        ("GET", "/v3/config/global/get", 404),
    ):
        assert ask(origin, method, target) == status, (method, target)


def test_signalling_takes_no_long_bodies(origin: str) -> None:
    answer = requests.post(f"{origin}/webrtc/whep/{PATH}", data=b"0" * 200_000, headers=SDP, timeout=patient(10))
    assert answer.status_code == 413


@pytest.mark.parametrize(("headers", "challenged"), [({}, True), (PAGE, False)])
def test_challenge_reaches_programs_but_not_the_page(origin: str, headers: dict[str, str], challenged: bool) -> None:
    answer = requests.post(f"{origin}/webrtc/whip/{PATH}", data="v=0", headers={**SDP, **headers}, timeout=patient(20))
    assert answer.status_code == 401
    assert ("www-authenticate" in answer.headers) is challenged


def test_origin_tells_its_time(origin: str) -> None:
    before = time.time()
    answer = requests.get(f"{origin}/time", timeout=patient(10))
    assert answer.headers["cache-control"] == "no-store"
    # the lab's hosts have this machine's clock; another's may be off by as much as is allowed to go unnoticed here
    assert before - 60 < int(answer.text) / 1000 < time.time() + 60
    assert requests.post(f"{origin}/time", timeout=patient(10)).status_code == 405


def test_playlist_redirect_stays_below_hls(origin: str) -> None:
    answer = requests.get(f"{origin}/hls/live/{PATH}/index.m3u8", allow_redirects=False, timeout=patient(10))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"/hls/live/{PATH}/index.m3u8?")
