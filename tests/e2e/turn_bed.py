"""A real coturn and a real MediaMTX in a network of their own."""

import platform
import secrets
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from envivo.artifacts import ARCHITECTURES, ensure
from envivo.probes import ports, turn, turn_abuse, turn_relay, whep
from envivo.probes.ice_servers import OfferedServer
from envivo.probes.whep import Session
from tests.e2e.namespace import Namespace, namespace
from tests.patience import patient, until
from tests.unit.probes.authority import Authority

MEDIA, TURN, TURN_IPV6 = "10.79.0.1", "10.79.0.2", "fd79::2"
NAME = "turn.example"
ENDPOINT = f"http://{MEDIA}:8889/webcam/whep"
URLS = {
    "udp": f"turn:{NAME}:3478?transport=udp",
    "tcp": f"turn:{NAME}:3478?transport=tcp",
    "tls": f"turns:{NAME}:5349?transport=tcp",
}
LISTENS_WITHIN_S = 10
OF_MEDIAMTX = "static-auth-secret="
"""The secret itself is added where it is written: no failing test prints it."""
T = TypeVar("T")

# what templates/turn/turnserver.conf.j2 refuses and allows, at addresses of the test
HARDENED = f"""
listening-ip={TURN}
relay-ip={TURN}
listening-port=3478
tls-listening-port=5349
no-dtls
min-port=49160
max-port=49359
fingerprint
use-auth-secret
{OF_MEDIAMTX}
realm={NAME}
stale-nonce=600
no-cli
no-rfc5780
no-tlsv1
no-tlsv1_1
no-tcp-relay
no-multicast-peers
denied-peer-ip=0.0.0.0-255.255.255.255
denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
allowed-peer-ip={MEDIA}
total-quota=200
log-file=stdout
simple-log
"""
OFFER = "{{url: '{}', username: AUTH_SECRET, password: {}, clientOnly: true}}"
MEDIAMTX = f"""
rtsp: false
rtmp: false
hls: false
srt: false
moq: false
webrtcAddress: {MEDIA}:8889
webrtcLocalUDPAddress: :8189
paths:
  webcam:
    alwaysAvailable: true
    alwaysAvailableTracks: [{{codec: H264}}]
"""


@dataclass(frozen=True)
class Bed:
    """MediaMTX in a network of its own, and what it takes to run coturn beside it."""

    network: Namespace
    directory: Path
    authority: Authority
    secret: str = field(repr=False)

    @contextmanager
    def coturn(self, config: str = HARDENED) -> Iterator[None]:
        shown = self.authority.pair(NAME)
        file = self.directory / "turnserver.conf"
        own = f"cert={shown.certificate}\npkey={shown.key}\nuserdb={self.directory}/db\npidfile={self.directory}/pid\n"
        private(file, config.replace(OF_MEDIAMTX, f"{OF_MEDIAMTX}{self.secret}") + own)
        log = self.directory / "coturn.log"
        assert not self.connects(TURN, 5349), "another coturn is there: the two would share their ports"
        with self.network.program("turnserver", "-c", file, log=log):
            self.listens(TURN, 5349, log)
            yield

    def connects(self, address: str, port: int) -> bool:
        return self.network.run(ports.greet, address, port, ports.HTTP, 1).connected

    def listens(self, address: str, port: int, log: Path) -> None:
        assert until(bool, lambda: self.connects(address, port), LISTENS_WITHIN_S), log.read_text()

    def server(self, transport: str) -> turn.Server:
        return turn.server(URLS[transport], TURN, self.authority.file)

    def viewing(self, ask: Callable[[Session], T]) -> T:
        """Asks as a viewer who has a session."""

        def within() -> T:
            with whep.session(ENDPOINT) as begun:
                return ask(begun)

        return self.network.run(within)

    def relay(self, server: turn.Server) -> turn_relay.RelayResult:
        return self.viewing(
            lambda session: turn_relay.ask(server, credentials(session, server.transport), session, patient(5))
        )

    def abuse(self, transport: str = "tcp") -> turn_abuse.Abuse:
        server = self.server(transport)
        return self.viewing(lambda session: turn_abuse.ask(server, credentials(session, transport), MEDIA, patient(10)))


def private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)


def credentials(session: Session, transport: str) -> OfferedServer:
    (given,) = (one for one in session.ice_servers if one.url == URLS[transport])
    return given


def without(*lines: str) -> str:
    kept = [line for line in HARDENED.splitlines() if not line.startswith(lines)]
    assert len(kept) < len(HARDENED.splitlines())
    return "\n".join(kept) + "\n"


@contextmanager
def turn_bed(directory: Path) -> Iterator[Bed]:
    with namespace(f"{MEDIA}/24", f"{TURN}/24", f"{TURN_IPV6}/64") as network:
        secret = secrets.token_urlsafe(24)
        config, log = directory / "mediamtx.yml", directory / "mediamtx.log"
        offers = ", ".join(OFFER.format(url, secret) for url in URLS.values())
        private(config, f"{MEDIAMTX}webrtcICEServers2: [{offers}]\n")
        made = Bed(network, directory, Authority(directory / "ours", "Our authority"), secret)
        with patch.object(turn, "_ANSWER_WITHIN_S", patient(2)), network.program(mediamtx(directory), config, log=log):
            made.listens(MEDIA, 8889, log)
            yield made


def mediamtx(directory: Path) -> Path:
    """The program, out of its image."""
    with tarfile.open(ensure(ARCHITECTURES[platform.machine()]).mediamtx.archive) as archive:
        (layer,) = (member for member in archive if member.name.endswith("layer.tar"))
        with tarfile.open(fileobj=archive.extractfile(layer)) as files:
            files.extract("mediamtx", directory)
    return directory / "mediamtx"
