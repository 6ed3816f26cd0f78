"""Requests that a TURN server must refuse, because it would relay clients into the networks around it.

Which addresses and why: docs/notes/coturn.md#what-a-relay-must-refuse

Only permissions are asked for: no packet goes to the peers that are named here.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from envivo.probes import ProbeError
from envivo.probes.ice_servers import OfferedServer
from envivo.probes.turn import FOR_TCP, GRANTED, OVER_IPV6, Client, Server, connected

FORBIDDEN = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0",  # noqa: S104 - asked for, not listened on
    "10.0.0.1", "172.17.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fd00::1", "ff02::1",
    # IPv4 in the dress of IPv6: mapped, compatible, NAT64, 6to4 (CVE-2026-27624 and what followed)
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
)  # fmt: skip
_PORT = 9
_FIRST_CHANNEL = 0x4000
_UNAUTHORIZED = 401
_OF_SOMETHING_ELSE = {_UNAUTHORIZED, 437, 438, 486}
"""Errors about credentials, relay, nonce and quota: the request itself might be granted another time."""


@dataclass(frozen=True)
class Demand:
    what: str
    answer: str
    """granted, does not answer, or STUN's error code with its reason."""
    refused: bool


@dataclass(frozen=True)
class Abuse:
    demands: tuple[Demand, ...]
    media: str
    """Empty where a relay may reach the media host, as it has to; else the server's answer."""

    @property
    def not_refused(self) -> tuple[Demand, ...]:
        return tuple(demand for demand in self.demands if not demand.refused)


def ask(server: Server, given: OfferedServer, media: str, within_s: float = 10) -> Abuse:
    """Makes all requests that must be refused, and asks for a permission for the media host's address.

    It has two relays at most. The expired user name has a wrong password: a valid one needs the secret.
    Raises ProbeError without a connection, or without a relay for the credentials of viewers; ValueError for a server
    over UDP, where any server refuses relays for TCP (RFC 6062, section 5.1).
    """
    if server.transport == "udp":
        raise ValueError("ask over tcp or tls")
    return asyncio.run(_ask(server, given, media, within_s))


def refused(code: int | None) -> bool:
    """Whether an answer refuses what was asked for, rather than the credentials or the relay."""
    return code is not None and 400 <= code <= 499 and code not in _OF_SOMETHING_ELSE


async def _ask(server: Server, given: OfferedServer, media: str, within_s: float) -> Abuse:
    deadline = asyncio.get_running_loop().time() + within_s
    async with connected(server, given, deadline) as client:
        allocated = await client.allocate()
        if allocated.code != GRANTED:
            raise ProbeError(f"no relay for the credentials that viewers get: {allocated.words}")
        reach = await client.permit((media, _PORT))
        demands = [demand async for demand in _strangers(server, given, deadline)]
        async with connected(server, given, deadline) as other:
            answer = await other.allocate(FOR_TCP)
            demands.append(Demand("a relay for TCP", answer.words, refused(answer.code)))
        async with connected(server, given, deadline) as other:
            answer = await other.allocate(OVER_IPV6)
            demands.append(Demand("a relay with an IPv6 address", answer.words, refused(answer.code)))
            # last, for a server that is silent may let the time run out here
            demands += [demand async for demand in _peers(client)]
            if answer.code == GRANTED:
                demands += [demand async for demand in _peers(other, " from an IPv6 address")]
    return Abuse(tuple(demands), "" if reach.code == GRANTED else reach.words)


async def _peers(client: Client, through: str = "") -> AsyncIterator[Demand]:
    for channel, peer in enumerate(FORBIDDEN, _FIRST_CHANNEL):
        for what, answer in (
            (f"a permission for {peer}", await client.permit((peer, _PORT))),
            (f"a channel to {peer}", await client.bind(channel, (peer, _PORT))),
        ):
            yield Demand(f"{what}{through}", answer.words, refused(answer.code))


async def _strangers(server: Server, given: OfferedServer, deadline: float) -> AsyncIterator[Demand]:
    nonsense = secrets.token_urlsafe()
    for what, stranger in (
        ("a relay with a wrong password", replace(given, credential=nonsense)),
        ("a relay with an expired user name", OfferedServer(given.url, f"{int(time.time()) - 3600}:envivo", nonsense)),
        ("a relay without credentials", OfferedServer(given.url)),
    ):
        async with connected(server, stranger, deadline) as client:
            answer = await client.allocate()
            yield Demand(what, answer.words, answer.code == _UNAUTHORIZED)
