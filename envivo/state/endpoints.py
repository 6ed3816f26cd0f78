"""Endpoints of an environment: scheme, name or address, and port, for each kind of client."""

from dataclasses import dataclass
from typing import Literal

HTTP, HTTPS = 80, 443
MEDIA_PORT = 8189
"""Default of WebRTC's media."""
LOOPBACK = "127.0.0.1"
Protocol = Literal["rtsp", "rtmp"]


@dataclass(frozen=True)
class Endpoint:
    scheme: str
    host: str
    """A name or an address; IPv6 without brackets."""
    port: int

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": HTTP, "https": HTTPS}.get(self.scheme) == self.port
        return host if usual else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


@dataclass(frozen=True)
class Ports:
    """TCP ports of a media host, and their defaults. With a domain those inside TLS are open, else the others."""

    web: int = 8080
    rtsp: int = 8554
    rtsps: int = 8322
    rtmp: int = 1935
    rtmps: int = 1936


@dataclass(frozen=True)
class Endpoints:
    media_host: str = ""
    """As the inventory names it."""
    address: str = ""
    """Where viewers and this controller reach the media host."""
    domain: str = ""
    """The page's name: HTTPS, which a proxy may serve."""
    plain: bool = False
    """RTSP and RTMP are not inside TLS although there is a domain: a proxy ends TLS for the page alone."""
    media_address: str = ""
    """Where other hosts of the environment reach the media host without a domain."""
    ports: Ports = Ports()
    media_port: int = MEDIA_PORT
    """Of WebRTC's media, UDP and TCP."""
    advertised: tuple[str, ...] = ()
    """Addresses and names of the media host that viewers send media to, and relays may send to."""

    @property
    def encrypted(self) -> bool:
        """RTSPS and RTMPS; what is not encrypted stays on the media host."""
        return bool(self.domain) and not self.plain

    @property
    def page(self) -> Endpoint:
        """Of everything that a browser asks for: page, WHEP, HLS, recordings."""
        if self.domain:
            return Endpoint("https", self.domain, HTTPS)
        return Endpoint("http", self.address, self.ports.web)

    def media(self, protocol: Protocol) -> Endpoint:
        """For the programs of people, who publish and watch."""
        return self._over(protocol, self.domain if self.encrypted else self.address, self.encrypted)

    def publishing(self, protocol: Protocol, host: str) -> Endpoint:
        """For the cameras of a host of the environment. On the media host itself nothing is worth encrypting."""
        if host == self.media_host:
            return self._over(protocol, LOOPBACK, False)
        return self._over(protocol, self.domain if self.encrypted else self.media_address, self.encrypted)

    def _over(self, protocol: Protocol, host: str, encrypted: bool) -> Endpoint:
        plain, secure = {
            "rtsp": (self.ports.rtsp, self.ports.rtsps),
            "rtmp": (self.ports.rtmp, self.ports.rtmps),
        }[protocol]
        return Endpoint(f"{protocol}s", host, secure) if encrypted else Endpoint(protocol, host, plain)
