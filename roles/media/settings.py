"""The media host: MediaMTX (ingest, WHEP, HLS, recordings) and Caddy (the one origin that viewers see).

The defaults are the lab's. Keys that MediaMTX knows by another name are mapped in templates/media/mediamtx.yml.j2.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from envivo.config.credentials import Credentials
from envivo.config.interrupts import Interrupts
from envivo.config.per_host import PerHost
from envivo.config.types import (
    Duration,
    Flag,
    HostName,
    Network,
    OneSecondOrMore,
    OptionalName,
    Origin,
    Password,
    PathName,
    Port,
    Settings,
    Text,
    UserName,
    Whole,
)
from envivo.config.values import Shape, at_least, duration, ice_server, matching
from envivo.roles.certificates.settings import Tls
from envivo.state.endpoints import MEDIA_PORT, Ports

PORTS = Ports()
PACKAGES = ("busybox-static", "curl", "nftables", "procps")
"""busybox is mounted into the containers, whose images have no program to probe with; curl asks MediaMTX's API
with a password that no command line shows."""


class Person(Credentials):
    """User who is a person: a viewer."""

    user: UserName
    """Name of the user; one name has one password for all paths."""
    password: Password
    """Password: 8 to 72 letters, digits, _ and -; a person may have chosen it
    (docs/howto/secrets.md#passwords-of-people)."""


class Path(Settings):
    """A stream: who publishes it, who may watch it, whether it is recorded."""

    interrupts = Interrupts.NOBODY
    publisher: Credentials | None = None
    """User who may publish. Required, unless `anonymous_publishing` is True."""
    anonymous_publishing: Flag = False
    """Whether anyone who can reach the media host may publish without a password."""
    viewers: tuple[Person, ...] = ()
    """Users who may watch. Empty: anyone may. A user whom you remove can watch until the connection ends."""
    recordings: tuple[Person, ...] | None = None
    """Users who may see and download the recordings. None: those who may watch."""
    record: Flag = True
    """Whether the stream is recorded."""
    delete_after: Duration | None = None
    """Age at which a recording of this path is deleted. None: `recording.delete_after`."""
    listed: Flag = True
    """Whether the page's public list of paths shows it. A path that is not listed still plays at its URL."""
    expected: Flag | None = None
    """Whether the path should always be live. If so, `envivo verify` checks its pictures, and a deploy reports if
    nobody publishes. None: True if a camera of `cameras` publishes to it."""

    @property
    def recordings_for(self) -> tuple[Person, ...]:
        """Empty: anyone."""
        return self.viewers if self.recordings is None else self.recordings

    @model_validator(mode="after")
    def _someone_may_publish(self) -> "Path":
        if (self.publisher is None) != self.anonymous_publishing:
            raise ValueError("set publisher (user and password), or anonymous_publishing=True, not both")
        return self

    @model_validator(mode="after")
    def _no_wider_recordings(self) -> "Path":
        if self.viewers and self.recordings == ():
            raise ValueError("recordings: must name at least one user, since the viewers are named")
        return self


class Hls(Settings):
    """HLS, the transport for viewers whose network blocks WebRTC."""

    interrupts = Interrupts.HLS
    port: Port = 8888
    """TCP port of MediaMTX's HLS server. Viewers reach it through the page; with `web.domain` on 127.0.0.1 only."""
    variant: Literal["lowLatency", "fmp4", "mpegts"] = "lowLatency"
    """Kind of HLS. lowLatency: parts of segments, about half a second behind the camera. fmp4, mpegts: whole segments,
    some seconds behind."""
    segment_count: Annotated[Whole, Field(ge=1, le=100)] = 7
    """Segments in a playlist: at least 7 for lowLatency, at least 3 otherwise."""
    segment_duration: OneSecondOrMore = "1s"
    """Shortest duration of a segment. A segment ends at the next key frame."""
    part_duration: Annotated[Text, at_least("100ms")] = "200ms"
    """Duration of a part of lowLatency. Shorter parts reduce latency and increase the number of requests."""
    segment_max_size: Annotated[Text, matching(r"[1-9][0-9]{0,5}[KMG]", "a number and one of K, M, G (50M)")] = "50M"
    """Maximum size of a segment in memory."""

    @model_validator(mode="after")
    def _enough_segments(self) -> "Hls":
        # MediaMTX loads a smaller number and then answers every viewer with 500: docs/notes/mediamtx.md#hls-segments
        least = 7 if self.variant == "lowLatency" else 3
        if self.segment_count < least:
            raise ValueError(f"segment_count must be at least {least} for {self.variant}, is {self.segment_count}")
        return self


class IceServer(Settings):
    """A STUN or TURN server that is not envivo's."""

    interrupts = Interrupts.WEBRTC
    url: Annotated[Text, Shape("server with its port, such as stun:stun.company.net:3478", ice_server)]
    """Address (RFC 7064, RFC 7065)."""


class Webrtc(Settings):
    """WebRTC, the transport with the lowest latency."""

    interrupts = Interrupts.WEBRTC
    port: Port = 8889
    """TCP port of WHEP and WHIP. Viewers reach it through the page; with `web.domain` on 127.0.0.1 only."""
    media_port: Port = MEDIA_PORT
    """Port of WebRTC media, UDP and TCP, open to viewers. A router in front of the host must forward the same port
    number, because MediaMTX advertises it."""
    additional_hosts: Annotated[tuple[HostName, ...], PerHost("media")] = ()
    """More addresses or names of the media host that MediaMTX advertises to viewers, without a port, such as that of a
    router in front."""
    ice_servers: tuple[IceServer, ...] = ()
    """STUN servers for viewers to use. MediaMTX itself does not use them."""


class Recording(Settings):
    """Recordings of all paths, fMP4 files in /var/lib/envivo/recordings of the media host."""

    interrupts = Interrupts.NOBODY
    segment_duration: OneSecondOrMore = "10m"
    """Duration of a file, at most 24h."""
    part_duration: Duration = "1s"
    """Interval at which MediaMTX writes to disk. A crash loses at most this much of a recording."""
    delete_after: Duration = "168h"
    """Age at which a file is deleted; at least `segment_duration`. 0s: age deletes no file. It also applies to files
    of paths that you removed from the settings."""
    min_free: Annotated[Text, matching(r"[1-9][0-9]{0,5}[MGT]", "a number and one of M, G, T (2G)")] = "2G"
    """Space that recordings leave free on their disk. If less is free, envivo deletes the oldest recordings of all
    paths."""
    min_free_percent: Annotated[Whole, Field(ge=0, le=90)] = 5
    """Share of the disk that recordings leave free, in percent. The greater of this and `min_free` applies."""

    def unfit(self, delete_after: str) -> str | None:
        """What is wrong with an age at which files are deleted, as MediaMTX sees it."""
        kept = duration(delete_after)
        if not kept or kept >= duration(self.segment_duration):
            return None
        return f"must be 0s or at least segment_duration ({self.segment_duration}), is {delete_after}"

    @model_validator(mode="after")
    def _as_mediamtx_accepts_it(self) -> "Recording":
        if duration(self.segment_duration) > duration("24h"):
            raise ValueError(f"segment_duration must be at most 24h, is {self.segment_duration}")
        if wrong := self.unfit(self.delete_after):
            raise ValueError(f"delete_after {wrong}")
        return self


class Mediamtx(Settings):
    """MediaMTX. With `web.domain`, its unencrypted ports listen on 127.0.0.1 only, and its TLS ports are open."""

    rtmp_port: Annotated[Port, Interrupts.RTMP] = PORTS.rtmp
    """TCP port of RTMP."""
    rtmps_port: Annotated[Port, Interrupts.RTMP] = PORTS.rtmps
    """TCP port of RTMP inside TLS; only with `web.domain`."""
    rtsp_port: Annotated[Port, Interrupts.EVERYBODY] = PORTS.rtsp
    """TCP port of RTSP."""
    rtsps_port: Annotated[Port, Interrupts.RTSP] = PORTS.rtsps
    """TCP port of RTSP inside TLS; only with `web.domain`."""
    api_port: Annotated[Port, Interrupts.EVERYBODY] = 9997
    """TCP port of the API, on 127.0.0.1. A change recreates the container, whose health check uses this port."""
    metrics_port: Annotated[Port, Interrupts.EVERYBODY] = 9998
    """TCP port of the metrics (Prometheus), on 127.0.0.1."""
    playback_port: Annotated[Port, Interrupts.NOBODY] = 9996
    """TCP port of the playback server, which serves recordings by time, on 127.0.0.1."""
    log_level: Annotated[Literal["error", "warn", "info", "debug"], Interrupts.EVERYBODY] = "info"
    """Level of MediaMTX's log. MediaMTX does not log lines below this level."""
    read_timeout: Annotated[OneSecondOrMore, Interrupts.EVERYBODY] = "10s"
    """Time after which MediaMTX disconnects a publisher that sends nothing."""
    monitor: Credentials
    """User of the API and the metrics, valid only from the media host. Deploys and `envivo verify` sign in with it."""
    hls: Hls = Hls()
    webrtc: Webrtc = Webrtc()
    recording: Recording = Recording()
    paths: Annotated[dict[PathName, Path], Field(min_length=1), Interrupts.REMOVED]
    """Paths by name; a name may contain `/` (`live/garden`). MediaMTX refuses all other paths."""

    def kept(self, path: str) -> str:
        """Age at which recordings of a path are deleted, also of a path that was removed from the settings."""
        named = self.paths.get(path)
        return self.recording.delete_after if named is None or named.delete_after is None else named.delete_after


class Web(Settings):
    """Caddy, which serves the page, and HLS, WHEP and recordings under the page's address."""

    domain: Annotated[OptionalName, Interrupts.EVERYBODY, PerHost("media")] = ""
    """Host name of the page, which then uses HTTPS on port 443. It must resolve to `public_address`, unless
    `trusted_proxies` is set. Empty: plain HTTP on `port`."""
    port: Annotated[Port, Interrupts.PAGE_AND_HLS] = PORTS.web
    """TCP port of the page in plain HTTP; only without `domain`, or behind `trusted_proxies`."""
    trusted_proxies: Annotated[tuple[Network, ...], Interrupts.EVERYBODY] = ()
    """Addresses of your own proxy, which terminates TLS for `domain` and forwards every request to `port`
    (docs/howto/proxy.md). Caddy accepts requests only from these addresses, and trusts the client's address that
    they report (X-Forwarded-For). If this is set, `tls` may only contain `root`, or the issuer files for RTSPS and
    RTMPS."""
    health_port: Annotated[Port, Interrupts.PAGE_AND_HLS] = 8079
    """TCP port on which Caddy reports its revision, on 127.0.0.1. A change recreates the container, whose health
    check uses this port."""
    tls: Tls = Tls()
    origins: Annotated[tuple[Origin, ...], Interrupts.WEBRTC_AND_HLS] = ()
    """Origins of other sites whose pages may show the player in an `<iframe>`, or play the streams themselves
    (CORS)."""

    @property
    def https(self) -> bool:
        """Whether Caddy itself serves HTTPS, for which it obtains the certificate."""
        return bool(self.domain) and not self.trusted_proxies

    @property
    def certified(self) -> bool:
        """Whether MediaMTX has a certificate. One that a proxy obtained stays there."""
        return self.https or (bool(self.trusted_proxies) and self.tls.issuer == "files")

    @property
    def behind_loopback(self) -> bool:
        """Whether all proxies are on the media host itself."""
        return bool(self.trusted_proxies) and all(ip_network(proxy).is_loopback for proxy in self.trusted_proxies)


@dataclass(frozen=True)
class Relay:
    """coturn as MediaMTX advertises it to viewers."""

    urls: Sequence[str]
    """In order of preference, the fastest first."""
    secret: SecretStr
    """Shared with coturn: each viewer gets credentials made with it."""


@dataclass(frozen=True)
class Media:
    """Settings of the media role."""

    mediamtx: Mediamtx
    web: Web
    public_address: str = ""
    """Address for viewers on the internet; empty: the addresses of its interfaces."""
    relay: Relay | None = None
    agents: Mapping[str, str] = field(default_factory=dict)
    """Path that an agent publishes to -> host of its camera; empty: the only camera host."""
    bitrates_kbps: Mapping[str, int] = field(default_factory=dict)
    """By path that an agent publishes to, picture and sound."""

    def expects(self, path: str) -> bool:
        """Whether the path must be live at any time."""
        expected = self.mediamtx.paths[path].expected
        return path in self.agents if expected is None else expected

    @property
    def encrypted(self) -> bool:
        """RTSPS and RTMPS; what is not encrypted stays on the media host."""
        return self.web.certified

    @property
    def advertised(self) -> tuple[str, ...]:
        """Addresses and names for media, beside those of interfaces; relays may send to no others."""
        public = [self.public_address] if self.public_address else []
        return tuple(dict.fromkeys([*public, *self.mediamtx.webrtc.additional_hosts]))

    @property
    def people(self) -> Iterator[tuple[str, str, Person]]:
        """Place in the settings, path, and person, of all viewers and users of recordings."""
        for name, path in self.mediamtx.paths.items():
            for kind, named in (("viewers", path.viewers), ("recordings", path.recordings or ())):
                yield from ((f"mediamtx.paths.{name}.{kind}.{n}", name, person) for n, person in enumerate(named))
