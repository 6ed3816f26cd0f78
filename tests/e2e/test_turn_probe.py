"""The probes of TURN and TLS against a real coturn, and MediaMTX behind it."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from envivo.probes import ProbeError, tls, turn, turn_abuse, turn_relay
from envivo.probes.turn_abuse import FORBIDDEN
from envivo.probes.whep import Session
from envivo.waiting import until
from tests.e2e.turn_bed import (
    HARDENED,
    MEDIA,
    NAME,
    OF_MEDIAMTX,
    TURN,
    TURN_IPV6,
    URLS,
    Bed,
    credentials,
    turn_bed,
    without,
)
from tests.unit.probes.authority import Authority


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with turn_bed(tmp_path_factory.mktemp("turn")) as made:
        yield made


@pytest.fixture
def hardened(bed: Bed) -> Iterator[Bed]:
    with bed.coturn():
        yield bed


@pytest.mark.parametrize("transport", list(URLS))
def test_media_host_answers_through_a_relay(hardened: Bed, transport: str) -> None:
    relay = hardened.relay(hardened.server(transport))
    assert relay.problem == ""
    assert relay.address.startswith(f"{TURN}:49")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_abuse_of_a_hardened_server_is_refused_completely(hardened: Bed, transport: str) -> None:
    begun = time.monotonic()
    abuse = hardened.abuse(transport)
    assert time.monotonic() - begun < 10
    assert abuse == turn_abuse.Abuse(abuse.demands, media="")
    assert abuse.not_refused == ()
    assert len(abuse.demands) == 2 * len(FORBIDDEN) + 5


def reached(*peers: str, through: str = "") -> set[str]:
    return {f"{what} {peer}{through}" for peer in peers for what in ("a permission for", "a channel to")}


# Of itself coturn 4.6.1 refuses only loopback and multicast, and does not know them in the dress of IPv6.
NETWORKS = reached("10.0.0.1", "172.17.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254")
DRESSED = (
    "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
)  # fmt: skip
STRANGERS = {f"a relay {who}" for who in ("with a wrong password", "with an expired user name", "without credentials")}
IPV6 = f"relay-ip={TURN_IPV6}\n"


@pytest.mark.parametrize(
    ("config", "holes"),
    [
        (without("denied-peer-ip"), NETWORKS),
        (without("no-tcp-relay"), {"a relay for TCP"}),
        (HARDENED + IPV6, {"a relay with an IPv6 address"}),
        (
            without("denied-peer-ip") + IPV6,
            NETWORKS | {"a relay with an IPv6 address"} | reached(*DRESSED, through=" from an IPv6 address"),
        ),
        (without("use-auth-secret", "static-auth-secret"), STRANGERS),
    ],
    ids=["peers", "TCP", "IPv6", "IPv6 peers", "anonymous"],
)
def test_hole_is_found_and_nothing_else(bed: Bed, config: str, holes: set[str]) -> None:
    with bed.coturn(config):
        abuse = bed.abuse()
    assert {one.what for one in abuse.not_refused} == holes
    assert {one.answer for one in abuse.not_refused} == {"granted"}
    assert abuse.media == ""


def test_relays_are_deleted(bed: Bed) -> None:
    """coturn frees a deleted relay within a second or two; one that is only left alone, after ten minutes."""
    with bed.coturn(without("total-quota") + "total-quota=1\n"):
        assert bed.relay(bed.server("udp")).problem == ""
        again = until(lambda relay: relay.code != 486, lambda: bed.relay(bed.server("udp")), within_s=5)
        assert again.problem == ""


def test_quota_that_is_used_up_is_named(bed: Bed) -> None:
    async def beside_another(session: Session) -> turn_relay.Relay:
        server, given = bed.server("tcp"), credentials(session, "tcp")
        async with turn.connected(server, given, asyncio.get_running_loop().time() + 10) as client:
            assert (await client.allocate()).code == turn.GRANTED
            return await asyncio.to_thread(turn_relay.ask, server, given, session)

    with bed.coturn(without("total-quota") + "total-quota=1\n"):
        relay = bed.viewing(lambda session: asyncio.run(beside_another(session)))
    assert relay == turn_relay.Relay("", "has used up its quota of relays (486 Allocation Quota Reached)", 486)


def test_other_secret_is_named(bed: Bed) -> None:
    with bed.coturn(HARDENED.replace(OF_MEDIAMTX, f"{OF_MEDIAMTX}not-")):
        relay = bed.relay(bed.server("udp"))
        with pytest.raises(ProbeError, match="no relay with the credentials that viewers are given: 401"):
            bed.abuse()
    assert relay == turn_relay.Relay("", "refuses the credentials that viewers are given (401 Unauthorized)", 401)


def test_media_host_that_is_not_allowed_is_named(bed: Bed) -> None:
    with bed.coturn(without("allowed-peer-ip")):
        relay, abuse = bed.relay(bed.server("udp")), bed.abuse()
    assert relay.code == 403
    assert relay.problem.startswith(f"does not relay to the media host: {MEDIA} (403 Forbidden IP)")
    assert (abuse.media, abuse.not_refused) == ("403 Forbidden IP", ())


def test_media_host_that_does_not_answer_is_named(hardened: Bed) -> None:
    def as_a_stranger(session: Session) -> turn_relay.Relay:
        stranger = replace(session, their_password="another-password-of-theirs")
        return turn_relay.ask(hardened.server("udp"), credentials(session, "udp"), stranger, within_s=1)

    relay = hardened.viewing(as_a_stranger)
    assert relay.problem == f"grants a relay, but no media packet came back through it from {MEDIA}:8189"
    assert relay.address.startswith(TURN)


@pytest.mark.parametrize(
    ("transport", "problem"),
    [("udp", "does not answer"), ("tcp", "refuses the connection"), ("tls", "refuses the connection")],
)
def test_server_that_is_not_there_is_named(bed: Bed, transport: str, problem: str) -> None:
    assert bed.relay(bed.server(transport)) == turn_relay.Relay("", problem)


def test_certificate_of_the_server_is_read(bed: Bed) -> None:
    with bed.coturn(pair=bed.authority.pair(NAME, "other.example")):
        shown = bed.network.run(tls.certificate, TURN, 5349, NAME, bed.authority.file)
        assert bed.network.run(tls.refuses_old_tls, TURN, 5349, NAME) is True
    assert (shown.problem, shown.issuer, shown.names) == ("", "CN=Our authority", (NAME, "other.example"))
    assert shown.days_left == 30


EXPIRED = datetime.now(UTC) - timedelta(3)


@pytest.mark.parametrize(
    ("name", "trusted", "ends", "problem"),
    [
        (NAME, "theirs", timedelta(9), "signed by an authority that is not trusted: CN=Our authority"),
        ("wrong.example", "ours", timedelta(9), f"for other names: {NAME}"),
        (NAME, "ours", timedelta(-3), f"expired on {EXPIRED:%Y-%m-%d}"),
    ],
    ids=["authority", "name", "expired"],
)
def test_certificate_that_is_refused_is_named(
    bed: Bed, tmp_path: Path, name: str, trusted: str, ends: timedelta, problem: str
) -> None:
    authorities = {"ours": bed.authority, "theirs": Authority(tmp_path / "theirs", "Somebody else")}
    ca_file = authorities[trusted].file
    with bed.coturn(pair=bed.authority.pair(NAME, begins=timedelta(-9), ends=ends)):
        shown = bed.network.run(tls.certificate, TURN, 5349, name, ca_file)
        relay = bed.relay(replace(bed.server("tls"), name=name, ca_file=ca_file))
    assert shown.problem == problem
    assert relay == turn_relay.Relay("", f"its certificate is refused by whoever asks for {name}: {problem}")
