"""The media host: MediaMTX (ingest, WHEP, HLS, recordings) and Caddy (the one origin that viewers see).

The defaults are the lab's. Keys that MediaMTX knows by another name are mapped in templates/media/mediamtx.yml.j2.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from envivo.config.types import (
    Duration,
    Flag,
    Host,
    OneSecondOrMore,
    OptionalName,
    Origin,
    Password,
    PathName,
    Port,
    Secret,
    Settings,
    Text,
    UserName,
    Whole,
)
from envivo.config.values import at_least, duration, ice_server, matching
from envivo.roles.certificates.settings import Tls

PACKAGES = ("busybox-static", "curl", "nftables", "procps")
"""busybox is mounted into the containers, whose images have no program to probe with; curl asks MediaMTX's API
with a password that no command line shows."""

USER, UID = "envivo", 10001
"""User and group that both containers run as; owns the recordings."""


class Credentials(Settings):
    user: UserName
    password: Secret


class Person(Credentials):
    password: Password
    """May be chosen by a person: docs/secrets.md."""


class Path(Settings):
    publisher: Credentials | None = None
    anonymous_publishing: Flag = False
    """Anybody who reaches the host may publish. Has to be said in as many words."""
    viewers: tuple[Person, ...] = ()
    """Who may watch; nobody named: anybody."""
    recordings: tuple[Person, ...] | None = None
    """Who may look at its recordings; left out, those who may watch."""
    record: Flag = True
    listed: Flag = True
    """The page's list names it, also to those who may not watch it. One that is not listed is watched by who knows its
    address."""

    @property
    def recordings_for(self) -> tuple[Person, ...]:
        """Nobody named: anybody."""
        return self.viewers if self.recordings is None else self.recordings

    @model_validator(mode="after")
    def _someone_may_publish(self) -> "Path":
        if (self.publisher is None) != self.anonymous_publishing:
            raise ValueError("must have a publisher (user and password), or anonymous_publishing=True and none")
        return self

    @model_validator(mode="after")
    def _no_wider_recordings(self) -> "Path":
        if self.viewers and self.recordings == ():
            raise ValueError("recordings: must name somebody, since the viewers are named")
        return self


class Hls(Settings):
    port: Port = 8888
    variant: Literal["lowLatency", "fmp4", "mpegts"] = "lowLatency"
    segment_count: Annotated[Whole, Field(ge=1, le=100)] = 7
    segment_duration: OneSecondOrMore = "1s"
    part_duration: Annotated[Text, AfterValidator(at_least("100ms"))] = "200ms"
    segment_max_size: Annotated[Text, matching(r"[1-9][0-9]{0,5}[KMG]", "a number and one of K, M, G (50M)")] = "50M"

    @model_validator(mode="after")
    def _enough_segments(self) -> "Hls":
        # MediaMTX loads a smaller number and then answers every viewer with 500: docs/notes/mediamtx.md#hls-segments
        least = 7 if self.variant == "lowLatency" else 3
        if self.segment_count < least:
            raise ValueError(f"segment_count must be at least {least} for {self.variant}, is {self.segment_count}")
        return self


class IceServer(Settings):
    url: Annotated[Text, AfterValidator(ice_server)]


class Webrtc(Settings):
    port: Port = 8889
    media_port: Port = 8189
    """UDP and TCP. Outside the host it has to be the same number: it is the one that viewers are told."""
    additional_hosts: tuple[Host, ...] = ()
    """Public addresses or names of the media host behind NAT, without a port."""
    ice_servers: tuple[IceServer, ...] = ()
    """STUN servers that viewers are told to ask. MediaMTX itself does not ask them: its address is known."""


class Recording(Settings):
    segment_duration: OneSecondOrMore = "10m"
    part_duration: Duration = "1s"
    """What a crash loses at most."""
    delete_after: Duration = "168h"
    """0s keeps everything."""

    @model_validator(mode="after")
    def _as_mediamtx_accepts_it(self) -> "Recording":
        if duration(self.segment_duration) > duration("24h"):
            raise ValueError(f"segment_duration must be at most 24h, is {self.segment_duration}")
        kept = duration(self.delete_after)
        if kept and kept < duration(self.segment_duration):
            least = f"0s or at least segment_duration ({self.segment_duration})"
            raise ValueError(f"delete_after must be {least}, is {self.delete_after}")
        return self


class Mediamtx(Settings):
    """Where web.domain is set, the unencrypted ports listen on 127.0.0.1 alone, and those with TLS are open too."""

    rtmp_port: Port = 1935
    rtmps_port: Port = 1936
    rtsp_port: Port = 8554
    rtsps_port: Port = 8322
    api_port: Port = 9997
    metrics_port: Port = 9998
    playback_port: Port = 9996
    log_level: Literal["error", "warn", "info", "debug"] = "info"
    read_timeout: OneSecondOrMore = "10s"
    """A publisher that has fallen silent goes offline after this long."""
    monitor: Credentials
    """May ask the API and the metrics; the host itself does so too."""
    hls: Hls = Hls()
    webrtc: Webrtc = Webrtc()
    recording: Recording = Recording()
    paths: Annotated[dict[PathName, Path], Field(min_length=1)]


class Web(Settings):
    domain: OptionalName = ""
    """Name of the page: HTTPS on 443. Left out: plain HTTP on `port`."""
    port: Port = 8080
    health_port: Port = 8079
    """On 127.0.0.1: which configuration Caddy runs."""
    tls: Tls = Tls()
    origins: tuple[Origin, ...] = ()
    """Of other sites whose pages may play; the page itself needs none."""
