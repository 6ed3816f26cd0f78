"""Media ports of WebRTC: whether the server answers there. It answers only clients with a session."""

import secrets
import socket
import struct
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aioice import stun

from envivo.probes.whep import Candidate, Session

_AGAIN_S = 0.25
Recognize = Callable[[bytes], bool]


@dataclass(frozen=True)
class MediaPort:
    answered: tuple[Candidate, ...]
    tried: tuple[Candidate, ...]


def ask(session: Session, protocol: str, within_s: float = 5) -> MediaPort:
    """Sends a connectivity check to the candidates of `protocol`, `udp` or `tcp`.

    `within_s`: a machine that has other work and answers late is not to be taken for a firewall.
    """
    request, is_answer = connectivity_check(session)

    def answers(candidate: Candidate) -> bool:
        over = _over_udp if protocol == "udp" else _over_tcp
        try:
            return over(request, candidate, is_answer, within_s)
        except OSError:
            return False

    tried = tuple(offer for offer in session.candidates if offer.protocol == protocol and not offer.loopback)
    return MediaPort(_those(answers, tried), tried)


def connectivity_check(session: Session) -> tuple[bytes, Recognize]:
    """ICE's request (RFC 8445, section 7.2), and a function that recognizes its answer."""
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{session.their_ufrag}:{session.our_ufrag}"
    request.attributes["PRIORITY"] = 1
    request.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
    request.add_message_integrity(session.their_password.encode())

    def is_answer(data: bytes) -> bool:
        try:
            said = stun.parse_message(data)
        except ValueError:
            return False
        return bool(said.message_class == stun.Class.RESPONSE and said.transaction_id == request.transaction_id)

    return bytes(request), is_answer


def _those(answers: Callable[[Candidate], bool], tried: Sequence[Candidate]) -> tuple[Candidate, ...]:
    if not tried:
        return ()
    with ThreadPoolExecutor(len(tried)) as pool:
        return tuple(candidate for candidate, answered in zip(tried, pool.map(answers, tried), strict=True) if answered)


def _over_udp(request: bytes, candidate: Candidate, is_answer: Recognize, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    with socket.socket(candidate.family, socket.SOCK_DGRAM) as line:
        line.connect((candidate.address, candidate.port))
        line.settimeout(_AGAIN_S)
        while time.monotonic() < deadline:
            try:
                line.send(request)
                if is_answer(line.recv(2048)):
                    return True
            except TimeoutError:
                continue
    return False


def _over_tcp(request: bytes, candidate: Candidate, is_answer: Recognize, within_s: float) -> bool:
    """Each message is preceded by its length (RFC 6544, section 3)."""
    with socket.create_connection((candidate.address, candidate.port), timeout=within_s) as line:
        line.sendall(struct.pack("!H", len(request)) + request)
        stream = line.makefile("rb")
        while len(head := stream.read(2)) == 2:
            if is_answer(stream.read(*struct.unpack("!H", head))):
                return True
    return False
