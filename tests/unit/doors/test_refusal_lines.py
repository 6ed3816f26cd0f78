"""The line that Caddy writes of each refused password, and of nothing else: fail2ban reads it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from tests.patience import patient, until
from tests.unit.doors.doors import PUBLISHED, ask, asked, basic, connected, door, person, right

if TYPE_CHECKING:
    from loopback_caddy import Caddy

PATHS = {"webcam": {**PUBLISHED, "viewers": [person("anna")]}, "open": PUBLISHED}
SECRET = "hunter2-and-more"
ASKS_FOR_A_PASSWORD = [
    ("GET", "/recordings/webcam/"),
    ("GET", "/recordings/webcam/x.mp4"),
    ("HEAD", "/recordings/"),
    ("GET", "/api/paths/webcam"),
    ("POST", "/webrtc/whep/webcam"),
    ("POST", "/webrtc/whip/webcam"),
    ("DELETE", "/webrtc/whep/webcam/01234567-0123-0123-0123-0123456789ab"),
    ("GET", "/hls/webcam/index.m3u8"),
]
"""Those of MediaMTX's are passed on to it, and it refuses."""


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory, caddy_program: Path) -> Iterator["Caddy"]:
    with door(PATHS, tmp_path_factory.mktemp("caddy"), caddy_program) as caddy:
        yield caddy


def lines_of(caddy: "Caddy", *wanted: tuple[str, str, list[str]]) -> list[dict[str, object]]:
    """What Caddy logs of these requests (method, target, Authorization headers): lines up to that of one more."""
    before = len(caddy.refusals())
    with connected(caddy.origin) as connection:
        for method, target, given in wanted:
            asked(connection, method, target, given)
        asked(connection, "GET", "/recordings/webcam/the-last", [basic("nosuch", "x")])
    lines = until(lambda lines: "the-last" in str(lines[-1:]), lambda: caddy.refusals()[before:], 10, 0.05)
    return lines[:-1]


@pytest.mark.parametrize(("method", "target"), ASKS_FOR_A_PASSWORD)
@pytest.mark.parametrize("user", ["anna", "nosuch", ""])
def test_refused_password_leaves_one_line_with_the_address(caddy: "Caddy", method: str, target: str, user: str) -> None:
    (line,) = lines_of(caddy, (method, target, [basic(user, SECRET)]))

    assert line["status"] == 401
    request = line["request"]
    assert isinstance(request, dict)
    assert request["remote_ip"] == "127.0.0.1" and request["uri"] == target


def test_line_tells_neither_password_nor_name_nor_query(caddy: "Caddy") -> None:
    lines = lines_of(
        caddy,
        ("GET", f"/recordings/webcam/?password={SECRET}", [basic("nosuch", SECRET)]),
        ("GET", f"/hls/webcam/index.m3u8?{SECRET}", [basic("anna", SECRET)]),
        ("POST", "/webrtc/whep/webcam", [f"Bearer nosuch:{SECRET}"]),
    )

    text = json.dumps(lines)
    assert len(lines) == 3
    assert SECRET not in text and basic("nosuch", SECRET)[6:] not in text
    assert "nosuch" not in text and "anna" not in text
    assert SECRET not in caddy.log.read_text()


@pytest.mark.parametrize(("method", "target"), ASKS_FOR_A_PASSWORD)
def test_question_without_a_password_leaves_none(caddy: "Caddy", method: str, target: str) -> None:
    """Programs ask so first, and pages."""
    assert lines_of(caddy, (method, target, [])) == []


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/recordings/"),
        ("GET", "/recordings/webcam/"),
        ("GET", "/recordings/webcam/nothing.mp4"),
        ("GET", "/hls/webcam/index.m3u8"),
        ("GET", "/web/"),
        ("GET", "/nothing"),
        ("GET", "/api/paths"),
        ("PUT", "/recordings/webcam/x.mp4"),
        ("GET", "/recordings/open/"),
        ("GET", "/api/paths/webcam"),
    ],
)
def test_visit_of_somebody_who_may_leaves_none(caddy: "Caddy", method: str, target: str) -> None:
    assert lines_of(caddy, (method, target, [right("anna")])) == []


@pytest.mark.parametrize("target", ["/webrtc/whep/webcam", "/hls/webcam/index.m3u8"])
@pytest.mark.parametrize("given", [{}, {"Authorization": basic("eva", SECRET)}], ids=["without", "with a wrong one"])
@pytest.mark.parametrize("page", [{}, {"X-Requested-With": "envivo"}], ids=["program", "page"])
def test_refusal_of_mediamtx_reaches_the_asker_as_it_is(
    caddy: "Caddy", target: str, given: dict[str, str], page: dict[str, str]
) -> None:
    before = len(caddy.refusals())
    answer = requests.request(
        "POST" if "whep" in target else "GET", caddy.origin + target, headers={**given, **page}, timeout=patient(20)
    )

    assert (answer.status_code, answer.text) == (401, "refused")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.company.net"
    assert ("WWW-Authenticate" in answer.headers) is not bool(page)
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Server" not in answer.headers
    # Caddy writes its line once the answer is out: it must not come in another test
    assert not given or until(bool, lambda: caddy.refusals()[before:], 10, 0.05)


def test_address_is_that_of_the_connection_whatever_headers_say(caddy: "Caddy") -> None:
    target = "/recordings/webcam/headers.mp4"  # of no other test
    ask(
        caddy.origin,
        target,
        basic("nosuch", "x"),
        headers={"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1", "Forwarded": "for=192.0.2.1"},
    )

    def own() -> list[dict[str, object]]:
        return [line for line in caddy.refusals() if target in json.dumps(line)]

    (line,) = until(bool, own, 10, 0.05)
    assert "192.0.2.1" not in json.dumps(line)
