"""WHEP (draft-ietf-wish-whep): a viewer's session, from the offer to the pictures."""

import asyncio
import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

from envivo.probes import ProbeError, ice_servers, web
from envivo.probes.ice_servers import OfferedServer
from envivo.probes.pictures import FILMED, Pictures, Watched

_FRAGMENT = "application/trickle-ice-sdpfrag"


@dataclass(frozen=True)
class Candidate:
    """An address that the server advertises for media."""

    protocol: str
    address: str
    port: int

    @property
    def loopback(self) -> bool:
        return ip_address(self.address).is_loopback

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET


@dataclass(frozen=True)
class Session:
    url: str
    our_ufrag: str
    our_password: str = field(repr=False)
    their_ufrag: str
    their_password: str = field(repr=False)
    candidates: tuple[Candidate, ...]
    answer: str = field(repr=False)
    ice_servers: tuple[OfferedServer, ...] = ()

    def patch(self) -> int:
        """Sends a candidate, as a trickling viewer does, and returns the status."""
        lines = (
            f"a=ice-ufrag:{self.our_ufrag}",
            f"a=ice-pwd:{self.our_password}",
            "m=video 9 UDP/TLS/RTP/SAVPF 0",
            "a=mid:0",
            # the discard port of this very machine as the server sees it: harmless wherever it is tried
            "a=candidate:1 1 UDP 2130706431 127.0.0.1 9 typ host",
            "",
        )
        headers = {"Content-Type": _FRAGMENT, "If-Match": "*"}
        return web.ask("PATCH", self.url, data="\r\n".join(lines), headers=headers).status_code

    def delete(self) -> int:
        return web.ask("DELETE", self.url).status_code


def begin(endpoint: str, offer: str, headers: Mapping[str, str] | None = None) -> Session:
    """POSTs an offer, with `headers` that name the viewer where viewers are named; what follows needs none.

    Raises ProbeError where the server does not answer with a session.
    """
    answered = web.ask("POST", endpoint, data=offer, headers={**(headers or {}), "Content-Type": "application/sdp"})
    if answered.status_code != 201:
        raise web.refused(answered)
    if "Location" not in answered.headers:
        raise ProbeError(f"POST {endpoint}: 201 without a Location: nobody can end the session")
    return Session(
        urljoin(endpoint, answered.headers["Location"]),
        *_credentials(offer),
        *_credentials(answered.text),
        candidates(answered.text),
        answered.text,
        ice_servers.offered(answered.headers.get("Link", "")),
    )


def end(begun: Session) -> None:
    with suppress(ProbeError):  # other requests report what is wrong with the server
        begun.delete()


@contextmanager
def session(endpoint: str, headers: Mapping[str, str] | None = None) -> Iterator[Session]:
    """A session in which no media flows, ended afterwards. Raises ProbeError."""
    begun = begin(endpoint, offer(), headers)
    try:
        yield begun
    finally:
        end(begun)


def belongs(session_url: str, endpoint: str) -> bool:
    """Whether a session lies below its endpoint: a proxy that does not rewrite Location sends viewers elsewhere."""
    ours, theirs = urlsplit(endpoint), urlsplit(session_url)
    below = re.escape(ours.path) + r"/[0-9a-f]{8}-[0-9a-f-]{27}"
    return ours.netloc == theirs.netloc and re.fullmatch(below, theirs.path) is not None


def candidates(sdp: str) -> tuple[Candidate, ...]:
    """The host candidates of an answer, each once; without names, which only the browser resolves."""
    found = re.findall(r"^a=candidate:\S+ 1 (udp|tcp) \d+ ([0-9a-fA-F.:]+) (\d+) typ host", sdp, re.MULTILINE)
    return tuple(dict.fromkeys(Candidate(protocol, address, int(port)) for protocol, address, port in found))


@dataclass(frozen=True)
class Viewed(Watched):
    connection: str
    """Of the peers, in WebRTC's words: connecting, connected, failed ..."""


def watch(
    endpoint: str, wanted: int, within_s: float, levels: int = FILMED, headers: Mapping[str, str] | None = None
) -> Viewed:
    """Plays until Pictures(wanted, levels) has enough, the time is over or the server ends it. Raises ProbeError."""
    return asyncio.run(_watch(endpoint, Pictures(wanted, levels), within_s, headers))


async def _watch(endpoint: str, pictures: Pictures, within_s: float, headers: Mapping[str, str] | None) -> Viewed:
    from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription  # slow to load
    from aiortc.mediastreams import MediaStreamError

    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    ended = False
    tracks: asyncio.Queue[Any] = asyncio.Queue()
    peer.on("track", tracks.put_nowait)
    try:
        peer.addTransceiver("video", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        begun = await asyncio.to_thread(begin, endpoint, peer.localDescription.sdp, headers)
        try:
            async with asyncio.timeout(within_s):
                await peer.setRemoteDescription(RTCSessionDescription(begun.answer, "answer"))
                track = await tracks.get()
                while not pictures.enough:
                    pictures.see(await track.recv())
        except TimeoutError:
            pass
        except MediaStreamError:
            ended = True
        finally:
            connection = str(peer.connectionState)
            await asyncio.to_thread(end, begun)
    finally:
        await peer.close()
    seen = pictures.watched(ended)
    return Viewed(seen.decoded, seen.different, seen.ended, connection)


def _credentials(sdp: str) -> tuple[str, str]:
    ufrag = re.search(r"^a=ice-ufrag:(\S+)", sdp, re.MULTILINE)
    password = re.search(r"^a=ice-pwd:(\S+)", sdp, re.MULTILINE)
    if not (ufrag and password):
        raise ProbeError("the answer is not an SDP with ICE credentials")
    return ufrag[1], password[1]


def offer() -> str:
    """What a browser offers to receive one H.264 track: enough for a session, not for media (no DTLS behind it)."""
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=recvonly",
        "a=rtcp-mux",
        f"a=ice-ufrag:{secrets.token_hex(4)}",
        f"a=ice-pwd:{secrets.token_hex(16)}",
        f"a=fingerprint:sha-256 {secrets.token_bytes(32).hex(':').upper()}",
        "a=setup:actpass",
        "a=rtpmap:96 H264/90000",
        "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        "",
    )
    return "\r\n".join(lines)
