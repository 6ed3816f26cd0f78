"""The probes of TURN against a real coturn, and MediaMTX behind it. One start of coturn for each configuration."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from envivo.probes import ProbeError, turn, turn_abuse, turn_relay
from envivo.probes.turn_abuse import FORBIDDEN
from envivo.probes.whep import Session
from tests.e2e.turn_bed import (
    HARDENED,
    MEDIA,
    NAME,
    OF_MEDIAMTX,
    TURN,
    TURN_IPV6,
    Bed,
    credentials,
    turn_bed,
    without,
)
from tests.patience import patient, until


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with turn_bed(tmp_path_factory.mktemp("turn")) as made:
        yield made


def test_hardened_server_carries_media_and_refuses_everything_else(bed: Bed) -> None:
    with bed.coturn():
        relay, abuse = bed.relay(bed.server("udp")), bed.abuse()
    assert relay.problem == "" and relay.address.startswith(f"{TURN}:49")
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


@pytest.mark.proof
def test_hardened_server_over_tls_and_what_keeps_a_viewer_from_it(bed: Bed) -> None:
    def as_a_stranger(session: Session) -> turn_relay.RelayResult:
        stranger = replace(session, their_password="another-password-of-theirs")
        return turn_relay.ask(bed.server("udp"), credentials(session, "udp"), stranger, within_s=patient(1))

    with bed.coturn():
        assert bed.abuse("tls").not_refused == ()
        silent = bed.viewing(as_a_stranger)
        misnamed = bed.relay(replace(bed.server("tls"), name="wrong.example"))
    assert silent.problem == f"grants a relay, but no media packet came back through it from {MEDIA}:8189"
    assert silent.address.startswith(TURN)
    problem = f"its certificate is refused by clients that ask for wrong.example: for other names: {NAME}"
    assert misnamed == turn_relay.RelayResult("", problem)


@pytest.mark.proof
def test_relays_are_deleted_and_a_quota_that_is_used_up_is_named(bed: Bed) -> None:
    """coturn frees a deleted relay within a second or two; one that is only left alone, after ten minutes."""

    async def beside_another(session: Session) -> turn_relay.RelayResult:
        server, given = bed.server("tcp"), credentials(session, "tcp")
        async with turn.connected(server, given, asyncio.get_running_loop().time() + patient(10)) as client:
            assert (await client.allocate()).code == turn.GRANTED
            return await asyncio.to_thread(turn_relay.ask, server, given, session)

    with bed.coturn(without("total-quota") + "total-quota=1\n"):
        full = bed.viewing(lambda session: asyncio.run(beside_another(session)))
        after = until(lambda relay: relay.code != 486, lambda: bed.relay(bed.server("udp")), within_s=5)
    assert full == turn_relay.RelayResult("", "has used up its quota of relays (486 Allocation Quota Reached)", 486)
    assert after.problem == ""


@pytest.mark.proof
def test_other_secret_is_named(bed: Bed) -> None:
    with bed.coturn(HARDENED.replace(OF_MEDIAMTX, f"{OF_MEDIAMTX}not-")):
        relay = bed.relay(bed.server("udp"))
        with pytest.raises(ProbeError, match="no relay for the credentials that viewers get: 401"):
            bed.abuse()
    assert relay == turn_relay.RelayResult("", "refuses the credentials that viewers get (401 Unauthorized)", 401)


@pytest.mark.proof
def test_media_host_that_is_not_allowed_is_named(bed: Bed) -> None:
    with bed.coturn(without("allowed-peer-ip")):
        relay, abuse = bed.relay(bed.server("udp")), bed.abuse()
    assert relay.code == 403
    assert relay.problem.startswith(f"does not relay to the media host: {MEDIA} (403 Forbidden IP)")
    assert (abuse.media, abuse.not_refused) == ("403 Forbidden IP", ())


@pytest.mark.proof
def test_server_that_is_not_there_is_named(bed: Bed) -> None:
    found = {transport: bed.relay(bed.server(transport)).problem for transport in ("udp", "tcp", "tls")}
    assert found == {"udp": "does not answer", "tcp": "refuses the connection", "tls": "refuses the connection"}
