import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from aioice import stun as messages
from aioice import turn as protocols

from envivo.probes import ProbeError, turn, turn_abuse, turn_relay
from envivo.probes.ice_servers import OfferedServer
from envivo.probes.turn import Server, TurnAnswer
from envivo.probes.whep import Candidate, Session
from tests.patience import patient

GIVEN = OfferedServer("turn:turn.example", "1790000000:a", "password")
CA = Path("ca.pem")


@pytest.mark.parametrize(
    ("url", "address", "server"),
    [
        ("turn:t.example", "", Server("udp", "t.example", 3478, "t.example", CA)),
        ("turn:t.example:3479?transport=udp", "192.0.2.1", Server("udp", "192.0.2.1", 3479, "t.example", CA)),
        ("turn:192.0.2.7:3478?transport=tcp", "", Server("tcp", "192.0.2.7", 3478, "192.0.2.7", CA)),
        ("turns:t.example", "192.0.2.1", Server("tls", "192.0.2.1", 5349, "t.example", CA)),
        ("turns:[2001:db8::1]:443?transport=tcp", "", Server("tls", "2001:db8::1", 443, "2001:db8::1", CA)),
    ],
)
def test_server_is_read_from_its_url(url: str, address: str, server: Server) -> None:
    assert turn.server(url, address, CA) == server


@pytest.mark.parametrize(
    "url", ["stun:t.example", "turn:", "turn:t:x", "turns:t?transport=udp", "turn:t?transport=tls", "http://t:3478"]
)
def test_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(ProbeError, match="not the URL of a TURN server"):
        turn.server(url)


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        *((code, True) for code in (403, 400, 440, 442, 443)),
        (turn.GRANTED, False),
        (None, False),
        (401, False),  # the credentials
        (437, False),  # the relay is gone
        (438, False),  # the nonce
        (486, False),  # the quota
        *((code, False) for code in (300, 500, 508)),
    ],
)
def test_only_an_answer_about_what_was_asked_refuses_it(code: int | None, refused: bool) -> None:
    assert turn_abuse.refused(code) is refused


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (TurnAnswer(None, "does not answer"), "does not answer"),
        (TurnAnswer(401, "401 Unauthorized"), "refuses the credentials that viewers get (401 Unauthorized)"),
        (TurnAnswer(437, "437 Mismatch"), "treats this connection as one that already has a relay (437 Mismatch)"),
        (TurnAnswer(486, "486 Reached"), "has used up its quota of relays (486 Reached)"),
        (TurnAnswer(508, "508 Full"), "refuses a relay (508 Full)"),
    ],
)
def test_server_that_grants_no_relay_is_described(answer: TurnAnswer, words: str) -> None:
    assert turn_relay.unallocated(answer) == words


def told(*candidates: Candidate) -> Session:
    return Session("", "ours", "our-password", "theirs", "their-password", candidates, "")


def test_peers_are_what_an_ipv4_relay_reaches() -> None:
    public = Candidate("udp", "192.0.2.1", 8189)
    others = Candidate("tcp", "192.0.2.1", 8189), Candidate("udp", "2001:db8::1", 8189)
    assert turn_relay.peers(told(*others, Candidate("udp", "127.0.0.1", 8189), public)) == (public,)


def test_ipv6_relay_is_asked_for_as_the_rfc_writes_it() -> None:
    request = messages.Message(messages.Method.ALLOCATE, messages.Class.REQUEST)
    request.attributes |= turn.OVER_IPV6
    assert bytes(request)[20:] == bytes.fromhex("0019 0004 11000000 0017 0004 02000000")
    assert messages.parse_message(bytes(request)).attributes == turn.OVER_IPV6


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_server_that_says_nothing_does_not_answer(transport: str) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as silent:
        silent.bind(("127.0.0.1", 0))
        if transport == "tcp":
            silent.listen()
        port = silent.getsockname()[1]
        server = turn.server(f"turn:127.0.0.1:{port}?transport={transport}")
        assert turn_relay.ask(server, GIVEN, told(), within_s=0.3) == turn_relay.RelayResult("", "does not answer")


def test_abuse_is_not_asked_over_udp_where_tcp_relays_are_refused_anyway() -> None:
    with pytest.raises(ValueError, match="tcp or tls"):
        turn_abuse.ask(turn.server("turn:127.0.0.1:9"), GIVEN, "192.0.2.1")


def serving(server: socket.socket, answer: Callable[[messages.Message], messages.Message | None]) -> None:
    """Answers the requests of each connection, until the server is shut down."""

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while len(head := stream.read(20)) == 20:
                request = messages.parse_message(head + stream.read(struct.unpack("!2xH", head[:4])[0]))
                if said := answer(request):
                    connection.sendall(bytes(said))

    with suppress(OSError), ThreadPoolExecutor() as connections:
        while True:
            connections.submit(serve, server.accept()[0])


def test_demand_that_is_granted_not_answered_or_not_asked_is_not_refused() -> None:
    """Of a server that grants all to anybody, but is silent about one peer until the time is over."""

    def answer(request: messages.Message) -> messages.Message | None:
        if request.attributes.get("XOR-PEER-ADDRESS") == ("10.0.0.1", 9):
            return None
        return messages.Message(request.message_method, messages.Class.RESPONSE, request.transaction_id)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serving, args=(server, answer))
        thread.start()
        there = turn.server(f"turn:127.0.0.1:{server.getsockname()[1]}?transport=tcp")
        abuse = turn_abuse.ask(there, GIVEN, "192.0.2.1", within_s=patient(1))
        server.shutdown(socket.SHUT_RDWR)
        thread.join()

    assert abuse.not_refused == abuse.demands
    assert len(abuse.demands) == 4 * len(turn_abuse.FORBIDDEN) + 5
    answers = {one.what: one.answer for one in abuse.demands}
    assert answers["a relay without credentials"] == answers["a permission for 127.0.0.1"] == "granted"
    assert answers["a permission for 10.0.0.1"] == "does not answer"
    assert answers["a permission for ::1 from an IPv6 address"] == "was not tested: no time was left"


def test_nothing_is_asked_when_the_time_is_over() -> None:
    async def late() -> TurnAnswer:
        protocol = protocols.TurnClientUdpProtocol(("127.0.0.1", 9), None, None, 60, 60)  # has no transport
        return await turn.Client(protocol, deadline=asyncio.get_running_loop().time()).permit(("192.0.2.1", 9))

    assert asyncio.run(late()) == TurnAnswer(None, "was not tested: no time was left")
