"""How an IP camera is asked, and what is made of one that does not answer as it should."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from envivo_agent.config import Source
from envivo_agent.faults import CAMERA, CameraError
from envivo_agent.ipcam.asking import ask

from tests.unit.ports import free_ports

SDP = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
OK = f"RTSP/1.0 200 OK\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}"
BASIC = 'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'


def digest(algorithm: str = "MD5", stale: str = "false", nonce: str = "n") -> str:
    told = f'Digest realm="x", nonce="{nonce}", stale={stale}, algorithm="{algorithm}"'
    return f"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: {told}\r\n\r\n"


SHA_256 = digest("SHA-256")
HANGS_UP, SILENT = "", "..."
LIMIT_S = 2.0


@contextmanager
def camera(*scripts: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """One that answers the questions of each connection as its script says; the port, and what it was asked."""
    asked: list[str] = []

    def serve() -> None:
        for script in scripts:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                for answer in script:
                    asked.append(connection.recv(4096).decode())
                    if answer == SILENT:
                        connection.recv(1)  # until the other side gives up
                        return
                    for piece in (answer[:7], answer[7:]):
                        connection.sendall(piece.encode())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], asked
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(LIMIT_S)


def source(port: int, user: str = "admin") -> Source:
    return Source("rtsp", url=f"rtsp://127.0.0.1:{port}/main", user=user, password="p@ss:w/rd", mode="auto")


@pytest.mark.parametrize(
    "scripts",
    [((OK,),), ((BASIC, OK),), ((BASIC, HANGS_UP), (OK,)), ((BASIC,), (OK,))],
    ids=["open", "with a password", "hangs up when it is told", "hangs up after its refusal"],
)
def test_camera_is_asked_with_its_password_where_it_wants_one(scripts: tuple[tuple[str, ...], ...]) -> None:
    with camera(*scripts) as (port, asked):
        (track,) = ask(source(port), LIMIT_S)
    assert track.codec == "H264"
    assert asked[0].startswith(f"DESCRIBE rtsp://127.0.0.1:{port}/main RTSP/1.0\r\n")
    assert "Authorization" not in asked[0]
    assert ("Authorization: Basic YWRtaW46cEBzczp3L3Jk" in asked[-1]) == (len(asked) > 1)


@pytest.mark.parametrize(
    ("scripts", "logins"),
    [
        (((digest(), digest(stale="TRUE", nonce="later"), OK),), ["n", "later"]),
        (((digest(), HANGS_UP), (digest(stale="true", nonce="later"), OK)), ["n", "n", "later"]),
        (((digest(),), (digest(stale="true", nonce="later"),), (OK,)), ["n", "later"]),
    ],
    ids=["at once", "on the second connection", "hangs up after each refusal"],
)
def test_password_is_sent_once_more_where_the_challenge_was_too_old(
    scripts: tuple[tuple[str, ...], ...], logins: list[str]
) -> None:
    with camera(*scripts) as (port, asked):
        ask(source(port), LIMIT_S)
    assert re.findall('nonce="(.*?)"', "".join(asked)) == logins


@pytest.mark.parametrize(
    ("answers", "user", "text", "lasting"),
    [
        ((BASIC, BASIC), "admin", "{url} refuses the user or the password (401)", True),
        ((BASIC,), "", "{url} wants a user and a password (401)", True),
        (("RTSP/1.0 403 Forbidden\r\n\r\n",), "admin", "{url} refuses the user or the password (403)", True),
        ((SHA_256,), "admin", "{url} wants a login that GStreamer does not support (digest SHA-256)", True),
        ((SHA_256,), "", "{url} wants a user and a password (401)", True),
        ((digest("a\x1b[2J" + "x" * 99),), "admin",
         "{url} wants a login that GStreamer does not support (digest a?[2J" + "x" * 75 + ")", True),
        ((digest(), digest(stale="TRUE"), digest(stale="TRUE")), "admin",
         "{url} refuses the user or the password (401)", True),
        (("RTSP/1.0 404 Not Found\r\n\r\n",), "", "{url}: the camera has no such stream (404)", False),
        (("RTSP/1.0 302 Moved\r\nLocation: x\r\n\r\n",), "", "{url} has moved (302)", True),
        (("RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n",), "", "{url} is busy (453)", False),
        (("RTSP/1.0 500 Internal Error\r\n\r\n",), "", "{url} answers 500 Internal Error", False),
        (("RTSP/1.0 500 \x1b[2J\x07é" + "x" * 99 + "\r\n\r\n",), "", "{url} answers 500 ?[2J??" + "x" * 74, False),
        (("RTSP/1.0 400\r\n\r\n",), "", "{url}: the camera does not accept this path (400)", False),
        (("RTSP/1.0 451 Parameter Not Understood\r\n\r\n",), "",
         "{url}: the camera does not accept this path (451 Parameter Not Understood)", False),
        (("HTTP/1.1 400 Bad Request\r\n\r\n",), "", "{place} does not speak RTSP", True),
        (("RTSP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nv=0",), "",
         "{place} ends the connection without an answer", False),
        (("RTSP/1.0 200 OK\r\nX: " + "x" * 99999,), "", "{place} ends the connection without an answer", False),
        (("RTSP/1.0 404 No\r\nX: " + "x" * 9000 + "\r\n\r\n",), "",
         "{place} ends the connection without an answer", False),
        ((HANGS_UP,), "", "{place} ends the connection without an answer", False),
        ((SILENT,), "", "{place} takes the connection, but does not answer", False),
    ],
)  # fmt: skip
def test_each_way_to_fail_has_its_own_words_and_a_fix(
    answers: tuple[str, ...], user: str, text: str, lasting: bool
) -> None:
    with camera(answers) as (port, _), pytest.raises(CameraError) as caught:
        ask(source(port, user), LIMIT_S)
    fault = caught.value.fault
    place, url = f"127.0.0.1:{port}", f"rtsp://127.0.0.1:{port}/main"
    assert (fault.kind, fault.text, fault.lasting) == (CAMERA, text.format(place=place, url=url), lasting)
    assert fault.fix
    assert "p@ss" not in str(fault) and "admin" not in str(fault)


def test_camera_that_is_not_there_is_named() -> None:
    (port,) = free_ports(1)
    for url, words in (
        (f"rtsp://127.0.0.1:{port}/", f"nothing listens at 127.0.0.1:{port}"),
        (f"rtsp://[::1]:{port}/", f"nothing listens at [::1]:{port}"),
        ("rtsp://nobody.invalid/", "the name nobody.invalid is not known"),
    ):
        with pytest.raises(CameraError) as caught:
            ask(Source("rtsp", url=url), LIMIT_S)
        assert caught.value.fault.text == words
