"""coturn: a relay for viewers whose networks block the media host."""

from typing import Annotated

from pydantic import Field

from envivo.config.interrupts import Interrupts
from envivo.config.per_host import PerHost
from envivo.config.types import AddressOrName, OptionalAddress, Port, PublicName, Secret, Settings, Whole
from envivo.state.desired import Listener

PACKAGES = ("coturn", "nftables")
UNIT = "coturn.service"
GROUP = "turnserver"
"""Also its user's name; the package creates both."""
CERTBOT = ("certbot",)
"""For a coturn on a host of its own: beside a media host it uses a certificate that Caddy obtains."""


class Turn(Settings):
    """coturn, the relay for viewers whose networks let nothing through to the media host."""

    interrupts = Interrupts.RELAYED
    domain: Annotated[PublicName, Interrupts.WEBRTC, PerHost("turn")]
    """Host name at which viewers reach coturn; its certificate is for this name."""
    address: Annotated[AddressOrName, PerHost("turn")]
    """Public address of the turn host. `domain` must resolve to it. It may be a name, as in `public_address`; then
    set `listen_address` too."""
    listen_address: Annotated[OptionalAddress, PerHost("turn")] = ""
    """Address of the turn host's interface, if a router maps `address` to it. Empty: `address` itself."""
    secret: Annotated[Secret, Interrupts.WEBRTC]
    """Secret that coturn and MediaMTX share. MediaMTX derives credentials from it for each viewer, valid for 24 h."""
    previous_secret: Secret | None = None
    """The secret before the last rotation: coturn accepts credentials made from it too. Remove it 24 h afterwards."""
    port: Annotated[Port, Interrupts.WEBRTC] = 3478
    """Port of TURN, UDP and TCP."""
    tls_port: Annotated[Port, Interrupts.WEBRTC] = 5349
    """Port of TURN inside TLS, TCP."""
    relays: Annotated[Whole, Field(ge=1, le=10000)] = 200
    """Maximum number of viewers who use a relay at the same time; each takes one UDP port."""
    first_relay_port: Port = 49160
    """First UDP port of the relays. There are `relays` ports."""

    @property
    def last_relay_port(self) -> int:
        return self.first_relay_port + self.relays - 1

    @property
    def listens_on(self) -> str:
        return self.listen_address or self.address


def listeners(turn: Turn) -> list[Listener]:
    """Every port that coturn opens."""
    return [
        Listener("turn.port", turn.port, ("udp", "tcp")),
        Listener("turn.tls_port", turn.tls_port),
        Listener("turn.relays", turn.first_relay_port, ("udp",), last=turn.last_relay_port),
    ]
