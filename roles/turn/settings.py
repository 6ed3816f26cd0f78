"""coturn: a relay for viewers whose networks let nothing through to the media host."""

from typing import Annotated

from pydantic import Field

from envivo.config.types import Address, OptionalAddress, Port, PublicName, Secret, Settings, Whole

PACKAGES = ("coturn", "nftables")
UNIT = "coturn.service"
GROUP = "turnserver"
"""Its user's too; the package makes both."""
CERTBOT = ("certbot",)
"""Where coturn has a host of its own, and no Caddy beside it whose certificate it could use."""


class Turn(Settings):
    domain: PublicName
    """Name that viewers are told, and that its certificate is for."""
    address: Address
    """Where that name leads: a public address."""
    listen_address: OptionalAddress = ""
    """Of the host's interface, where a router maps the public address to it."""
    secret: Secret
    """Shared with MediaMTX, which makes credentials of 24 h for each viewer with it."""
    previous_secret: Secret | None = None
    """Of the last rotation: coturn takes credentials made with it too, for as long as somebody may have some (24 h)."""
    port: Port = 3478
    tls_port: Port = 5349
    relays: Annotated[Whole, Field(ge=1, le=10000)] = 200
    """At most so many viewers at a time, each with a UDP port from `first_relay_port` on."""
    first_relay_port: Port = 49160

    @property
    def last_relay_port(self) -> int:
        return self.first_relay_port + self.relays - 1

    @property
    def listens_on(self) -> str:
        return self.listen_address or self.address
