"""What a host should have: plain values that roles make and operations converge to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Directory:
    path: str
    mode: str = "755"
    owner: str = "root"
    group: str = "root"
    exclusive: bool = False
    """Files in it, at any depth, that are not wanted are removed."""


@dataclass(frozen=True)
class File:
    path: str
    content: bytes
    mode: str = "644"
    owner: str = "root"
    group: str = "root"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Unit(NamedTuple):
    name: str
    reads: tuple[str, ...] = ()
    """Files and directories whose change asks for a restart."""
    rereads: str = ""
    """A file whose change asks for a reload only."""
    tells: str = ""
    """The JSON file in which the unit tells when `rereads`, as it has read it, was written: key
    `configuration_written`, seconds since 1970."""
    holds: str = ""
    """A command that fails where what the unit did at its start is undone, a table of nftables flushed say."""


@dataclass(frozen=True)
class ServiceConfig:
    path: str
    content: str
    mode: str
    owner: str
    group: str
    revision: str
    """Which the running service, asked, shows as its own."""
    ask: str
    """Command that prints what the running service says of its configuration, and fails where it does not run."""
    script: str = ""
    """Takes the content as base64 on standard input and makes it the service's configuration, or fails with the
    previous one in place."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class Removable:
    """`paths`: whose presence tells that it is there; `units`: names or patterns; `teardown`: a command run before."""

    name: str
    paths: Sequence[str]
    units: Sequence[str] = ()
    teardown: str = ""


@dataclass(frozen=True)
class Account:
    """A user without login, and a group of the same name."""

    name: str
    uid: int | None = None
    """The group's number too; None lets the host choose."""
    groups: Sequence[str] = ()


@dataclass(frozen=True)
class KernelSetting:
    key: str
    value: str
    default: str
    """The kernel's own value, for whoever undoes it."""
    file: str
    """Which sets it when the host starts."""

    @property
    def line(self) -> str:
        return f"{self.key} = {self.value}"

    @property
    def undo(self) -> str:
        return f"sysctl -q -w {self.key}={self.default}"


class Listener(NamedTuple):
    """A port that a role opens: the setting that names it, its number, its protocols."""

    setting: str
    port: int
    protocols: tuple[str, ...] = ("tcp",)
    loopback: bool = False
    """Nobody but the host itself reaches it."""
    last: int = 0
    """The last one, where these are many of which some are open at a time: relays of coturn."""

    @property
    def range(self) -> range:
        return range(self.port, (self.last or self.port) + 1)


@dataclass(frozen=True)
class Service:
    revision: str
    """Of its definition in the compose file."""
    image_id: str
    ask: str
    config_revision: str
    """Which the command `ask` has to show once the service runs."""


class RequiredCertificate(NamedTuple):
    """`certificate`: the file that a service reads; `source`: where whoever obtains it keeps it; `name`: whose."""

    name: str
    certificate: str
    source: str


@dataclass(frozen=True)
class Certbot:
    name: str
    directory: str
    email: str
    ca_file: str = ""
    """On the host: who vouches for the ACME server, where that is no public authority."""


def probe_unit(port: int) -> str:
    """The name of the transient unit that listens while a port is tried from outside."""
    return f"envivo-reach-{port}.service"
