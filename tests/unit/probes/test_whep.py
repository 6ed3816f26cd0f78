import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message

import pytest
from aioice import Connection

from envivo.probes import ProbeError, stun
from envivo.probes.whep import Candidate, Session, begin, belongs, candidates, session
from tests.unit.probes.server import Reply, serving

UUID = "0d9c5f5e-8a3c-4b1e-9f5d-0123456789ab"
ANSWER = """v=0
o=- 0 0 IN IP4 127.0.0.1
m=video 9 UDP/TLS/RTP/SAVPF 96
a=ice-ufrag:theirs
a=ice-pwd:theirpasswordtheirpassword
a=candidate:768377705 1 udp 2130706431 10.77.0.1 8189 typ host ufrag theirs
a=candidate:768377705 2 udp 2130706431 10.77.0.1 8189 typ host ufrag theirs
a=candidate:2420109961 1 tcp 1671430143 10.77.0.1 8189 typ host tcptype passive ufrag theirs
a=candidate:5 1 udp 2130706431 127.0.0.1 8189 typ host ufrag theirs
a=candidate:6 1 udp 2130706431 fd00::1 8189 typ host ufrag theirs
a=end-of-candidates
"""


def test_candidates_are_the_addresses_that_viewers_are_told_each_once() -> None:
    assert candidates(ANSWER) == (
        Candidate("udp", "10.77.0.1", 8189),
        Candidate("tcp", "10.77.0.1", 8189),
        Candidate("udp", "127.0.0.1", 8189),
        Candidate("udp", "fd00::1", 8189),
    )
    assert [one.loopback for one in candidates(ANSWER)] == [False, False, True, False]


@pytest.mark.parametrize(
    ("url", "below"),
    [
        (f"http://h:8080/webrtc/whep/live/webcam/{UUID}", True),
        (f"http://h:8080/webrtc/whep/live/webcam/{UUID}?token=a", True),
        (f"http://h:8080/live/webcam/whep/{UUID}", False),
        (f"http://h:8889/webrtc/whep/live/webcam/{UUID}", False),
        ("http://h:8080/webrtc/whep/live/webcam", False),
    ],
)
def test_session_belongs_to_its_endpoint_only_below_it(url: str, below: bool) -> None:
    assert belongs(url, "http://h:8080/webrtc/whep/live/webcam") is below


def test_printed_session_tells_no_credentials() -> None:
    link = '<turn:t:3478>; rel="ice-server"; username="u"; credential="turn-secret"'
    server = Server(Location="/s", Link=link)
    with serving(server.answer) as origin:
        begun = begin(f"{origin}/whep/webcam", "a=ice-ufrag:ours\r\na=ice-pwd:ourpassword\r\n")
    assert begun.ice_servers[0].credential == "turn-secret"
    assert begun.their_password in begun.answer
    assert not any(secret in repr(begun) for secret in ("turn-secret", begun.our_password, begun.their_password))


def test_session_begins_with_the_headers_that_name_a_viewer() -> None:
    server, heard = Server(Location=f"/whep/webcam/{UUID}"), list[Message]()
    with (
        serving(server.answer, heard) as origin,
        session(f"{origin}/whep/webcam", {"Authorization": "Bearer viewer:password"}),
    ):
        pass
    assert [headers["Authorization"] for headers in heard] == ["Bearer viewer:password", None]


class Server:
    def __init__(self, **headers: str) -> None:
        self.asked: list[tuple[str, str]] = []
        self._headers = tuple(headers.items())

    def answer(self, method: str, path: str) -> Reply:
        again = (method, path) in self.asked
        self.asked.append((method, path))
        match method, path:
            case "POST", "/whep/webcam":
                return Reply(201, ANSWER.encode(), self._headers)
            case "PATCH", _:
                return Reply(204)
            case "DELETE", _:
                return Reply(404 if again else 200)
        return Reply(404, b'{"error": "no stream is available on path"}')


def test_session_is_patched_and_deleted_at_its_location() -> None:
    server = Server(Location=f"/whep/webcam/{UUID}")
    with serving(server.answer) as origin, session(f"{origin}/whep/webcam") as begun:
        assert (begun.patch(), begun.delete(), begun.delete()) == (204, 200, 404)
    assert server.asked[1] == ("PATCH", f"/whep/webcam/{UUID}")


def test_session_is_ended_when_its_user_fails() -> None:
    server = Server(Location=f"/whep/webcam/{UUID}")
    with serving(server.answer) as origin, pytest.raises(ZeroDivisionError), session(f"{origin}/whep/webcam"):
        raise ZeroDivisionError
    assert server.asked[-1] == ("DELETE", f"/whep/webcam/{UUID}")


@pytest.mark.parametrize(
    ("path", "words"), [("nope", r"POST .*/whep/nope: 404 .*no stream is available"), ("webcam", "Location")]
)
def test_refused_session_is_an_error_in_the_words_of_the_server(path: str, words: str) -> None:
    with (
        serving(Server().answer) as origin,
        pytest.raises(ProbeError, match=words),
        session(f"{origin}/whep/{path}"),
    ):
        pytest.fail("there is no session")


def test_server_that_is_not_there_is_an_error_that_says_so() -> None:
    with serving(Server().answer) as origin:
        pass
    with pytest.raises(ProbeError, match="connection refused"), session(f"{origin}/whep/webcam"):
        pytest.fail("there is no session")


@contextmanager
def ice_agent() -> Iterator[Session]:
    """A real ICE agent (aioice) that expects a viewer named `ours`, and the session by which that viewer knows it."""
    loop = asyncio.new_event_loop()
    agent = Connection(ice_controlling=False)

    async def begin() -> None:
        await agent.gather_candidates()
        agent.remote_username, agent.remote_password = "ours", "ourpasswordourpassword"
        await agent.add_remote_candidate(None)

    loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    hosts = [one for one in agent.local_candidates if one.type == "host" and one.transport == "udp"]
    told = tuple(Candidate("udp", one.host, one.port) for one in hosts if "%" not in one.host)
    try:
        yield Session("", "ours", "ourpasswordourpassword", agent.local_username, agent.local_password, told, "")
    finally:
        asyncio.run_coroutine_threadsafe(agent.close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_media_port_answers_who_has_a_session() -> None:
    with ice_agent() as told:
        assert stun.ask(told, "udp").answered == told.candidates


def test_media_port_answers_nobody_with_another_password() -> None:
    with ice_agent() as told:
        stranger = Session("", "ours", "", told.their_ufrag, "another-password-of-theirs", told.candidates, "")
        assert stun.ask(stranger, "udp", within_s=0.6).answered == ()


def test_media_port_on_loopback_is_not_tried() -> None:
    told = Session("", "ours", "", "theirs", "password", (Candidate("udp", "127.0.0.1", 9),), "")
    assert stun.ask(told, "udp", within_s=0.1) == stun.MediaPort((), ())
