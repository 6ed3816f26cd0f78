"""TURN (RFC 8656): a connection to a TURN server over UDP, TCP or TLS."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from aioice import stun, turn

from envivo.probes import ProbeError, tls
from envivo.probes.ice_servers import OfferedServer

GRANTED = 0

_FAMILY = "REQUESTED-ADDRESS-FAMILY"  # RFC 8656, section 18.6; unknown to aioice
stun.ATTRIBUTES_BY_NAME[_FAMILY] = stun.ATTRIBUTES_BY_TYPE[0x0017] = (
    0x0017,
    _FAMILY,
    stun.pack_unsigned,
    stun.unpack_unsigned,
)
OVER_IPV4: Mapping[str, int] = MappingProxyType({"REQUESTED-TRANSPORT": turn.UDP_TRANSPORT})
OVER_IPV6: Mapping[str, int] = MappingProxyType({**OVER_IPV4, _FAMILY: 0x02000000})
FOR_TCP: Mapping[str, int] = MappingProxyType({"REQUESTED-TRANSPORT": turn.TCP_TRANSPORT})
"""RFC 6062; to be asked for over TCP."""

_ANSWER_WITHIN_S = 2
"""In which a request over UDP is sent three times."""
_LIFETIME_S = 60
"""Of a relay whose deletion got lost; servers may prolong it."""


@dataclass(frozen=True)
class Server:
    transport: Literal["udp", "tcp", "tls"]
    address: str
    port: int
    name: str
    """Of the certificate."""
    ca_file: Path | None = None


@dataclass(frozen=True)
class TurnAnswer:
    code: int | None
    """STUN's error code (RFC 8656, section 19), GRANTED, or None where no answer came."""
    words: str


_TRANSPORTS: Mapping[tuple[str, str | None], Literal["udp", "tcp", "tls"]] = {
    ("turn", None): "udp",
    ("turn", "udp"): "udp",
    ("turn", "tcp"): "tcp",
    ("turns", None): "tls",
    ("turns", "tcp"): "tls",
}


def server(url: str, address: str = "", ca_file: Path | None = None) -> Server:
    """Reads a TURN URL (RFC 7065), which is reached at `address` if there is one. Raises ProbeError."""
    said = re.fullmatch(r"(turns?):(\[[^]]+\]|[^][:?]+)(?::(\d+))?(?:\?transport=(\w+))?", url)
    if not said or (said[1], said[4]) not in _TRANSPORTS:
        raise ProbeError(f"{url}: not the URL of a TURN server over UDP, TCP or TLS")
    scheme, host, port, transport = said.groups()
    name = host.strip("[]")
    number = int(port or {"turn": 3478, "turns": 5349}[scheme])
    return Server(_TRANSPORTS[scheme, transport], address or name, number, name, ca_file)


class Client:
    """One connection, on which there can be one relay."""

    def __init__(self, protocol: turn.TurnClientProtocol, deadline: float) -> None:
        self.protocol = protocol
        self.relayed = ""
        """Address and port of the relay, empty where there is none."""
        self._deadline = deadline

    def time_left(self) -> float:
        return self._deadline - asyncio.get_running_loop().time()

    async def allocate(self, relay: Mapping[str, int] = OVER_IPV4) -> TurnAnswer:
        request = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
        request.attributes |= {"LIFETIME": _LIFETIME_S, **relay}

        async def allocated() -> None:
            response, _ = await self.protocol.request_with_retry(request)
            self.relayed = "{}:{}".format(*response.attributes.get("XOR-RELAYED-ADDRESS", ("unknown", 0)))

        return await self._answer(allocated)

    async def permit(self, peer: tuple[str, int]) -> TurnAnswer:
        request = stun.Message(stun.Method.CREATE_PERMISSION, stun.Class.REQUEST)
        request.attributes["XOR-PEER-ADDRESS"] = peer
        return await self._answer(self.protocol.request_with_retry, request)

    async def bind(self, channel: int, peer: tuple[str, int]) -> TurnAnswer:
        return await self._answer(self.protocol.channel_bind, channel, peer)

    async def send(self, data: bytes, peer: tuple[str, int]) -> TurnAnswer:
        """Binds a channel before where there is none."""
        return await self._answer(self.protocol.send_data, data, peer)

    async def _answer(self, ask: Callable[..., Awaitable[object]], *arguments: object) -> TurnAnswer:
        if self.time_left() <= 0:
            return TurnAnswer(None, "was not tested: no time was left")
        try:
            async with asyncio.timeout(min(_ANSWER_WITHIN_S, self.time_left())):
                await ask(*arguments)
        except stun.TransactionFailed as error:
            code, reason = error.response.attributes.get("ERROR-CODE", (None, "an error without a code"))
            reason = reason.rstrip("\0")  # coturn pads within the attribute
            return TurnAnswer(code, f"{code} {reason}" if code else reason)
        except (TimeoutError, stun.TransactionTimeout):
            return TurnAnswer(None, "does not answer")
        return TurnAnswer(GRANTED, "granted")


@asynccontextmanager
async def connected(to: Server, given: OfferedServer, deadline: float) -> AsyncIterator[Client]:
    """A connection, used until `deadline` (time of the event loop); its relay is deleted at the end.

    Raises ProbeError without a connection.
    """
    try:
        async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + _ANSWER_WITHIN_S, deadline)):
            protocol = await _connection(to, given)
    except ssl.SSLCertVerificationError:
        shown = await asyncio.to_thread(tls.certificate, to.address, to.port, to.name, to.ca_file)
        raise ProbeError(f"its certificate is refused by clients that ask for {to.name}: {shown.problem}") from None
    except OSError as error:
        raise ProbeError(tls.handshake_error(error)) from None
    client = Client(protocol, deadline)
    try:
        yield client
    finally:
        if client.relayed:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ANSWER_WITHIN_S):
                    await protocol.delete()
        protocol.transport.abort()


async def _connection(to: Server, given: OfferedServer) -> turn.TurnClientProtocol:
    """aioice's own create_turn_endpoint connects to the name that it verifies, and always asks for a relay."""
    loop, there = asyncio.get_running_loop(), (to.address, to.port)
    credentials = given.username or None, given.credential or None
    lifetimes = _LIFETIME_S, turn.DEFAULT_CHANNEL_REFRESH_TIME
    if to.transport == "udp":
        _, datagrams = await loop.create_datagram_endpoint(
            lambda: turn.TurnClientUdpProtocol(there, *credentials, *lifetimes), remote_addr=there
        )
        return datagrams
    context = tls.trusting(to.ca_file) if to.transport == "tls" else None
    _, stream = await loop.create_connection(
        lambda: turn.TurnClientTcpProtocol(there, *credentials, *lifetimes),
        *there,
        ssl=context,
        server_hostname=to.name if context else None,
    )
    return stream
