"""A TURN relay as a viewer uses it: with the viewer's credentials, to the media host and back."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from envivo.probes import ProbeError
from envivo.probes.ice_servers import OfferedServer
from envivo.probes.stun import Recognize, connectivity_check
from envivo.probes.turn import GRANTED, Client, Server, TurnAnswer, connected
from envivo.probes.whep import Candidate, Session

_AGAIN_S = 0.25


@dataclass(frozen=True)
class RelayResult:
    address: str
    """Where it is, empty where there is none."""
    problem: str = ""
    """What the server does instead; empty where the media host answered through the relay."""
    code: int | None = None
    """STUN's error code, where the server refused."""


def ask(server: Server, given: OfferedServer, session: Session, within_s: float = 5) -> RelayResult:
    """Sends the media host of a session an ICE request through a relay, which is deleted afterwards."""
    try:
        return asyncio.run(_ask(server, given, session, within_s))
    except ProbeError as error:
        return RelayResult("", str(error))


def peers(session: Session) -> tuple[Candidate, ...]:
    """Advertised addresses to which an IPv4 relay can send."""
    udp = (peer for peer in session.candidates if peer.protocol == "udp" and not peer.loopback)
    return tuple(peer for peer in udp if ":" not in peer.address)


def unallocated(answer: TurnAnswer) -> str:
    """Why a server grants no relay."""
    match answer.code:
        case None:
            return answer.words
        case 401:
            return f"refuses the credentials that viewers get ({answer.words})"
        case 437:
            return f"treats this connection as one that already has a relay ({answer.words})"
        case 486:
            return f"has used up its quota of relays ({answer.words})"
    return f"refuses a relay ({answer.words})"


async def _ask(server: Server, given: OfferedServer, session: Session, within_s: float) -> RelayResult:
    async with connected(server, given, asyncio.get_running_loop().time() + within_s) as client:
        allocated = await client.allocate()
        if allocated.code != GRANTED:
            return RelayResult("", unallocated(allocated), allocated.code)
        return await _through(client, peers(session), *connectivity_check(session))


async def _through(
    client: Client, advertised: Sequence[Candidate], request: bytes, is_answer: Recognize
) -> RelayResult:
    """Sends the request to all peers to which the server relays, repeatedly, until one answers."""
    if not advertised:
        return RelayResult(client.relayed, "grants a relay, but MediaMTX advertises no IPv4 address for media over UDP")
    client.protocol.receiver = heard = _Heard(is_answer)
    refusals: dict[Candidate, TurnAnswer] = {}
    while client.time_left() > 0:
        for peer in advertised:
            if peer not in refusals:
                sent = await client.send(request, (peer.address, peer.port))
                if sent.code != GRANTED:
                    refusals[peer] = sent
        if len(refusals) == len(advertised):
            words = ", ".join(f"{peer.address} ({answer.words})" for peer, answer in refusals.items())
            return RelayResult(
                client.relayed, f"does not relay to the media host: {words}", refusals[advertised[0]].code
            )
        with suppress(TimeoutError):
            async with asyncio.timeout(_AGAIN_S):
                await heard.answer.wait()
                return RelayResult(client.relayed)
    silent = ", ".join(f"{peer.address}:{peer.port}" for peer in advertised if peer not in refusals)
    return RelayResult(client.relayed, f"grants a relay, but no media packet came back through it from {silent}")


class _Heard(asyncio.DatagramProtocol):
    def __init__(self, is_answer: Recognize) -> None:
        self.answer = asyncio.Event()
        self._is_answer = is_answer

    def datagram_received(self, data: bytes, addr: object) -> None:
        if self._is_answer(data):
            self.answer.set()
