"""Desired state of a host: plain values that roles make and operations converge to."""

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


@dataclass(frozen=True)
class LocalFile:
    """A file that programs of the host make themselves: if it is there, only who may read it matters."""

    path: str
    mode: str
    owner: str
    group: str


Entry = Directory | File | LocalFile


class Unit(NamedTuple):
    name: str
    reads: tuple[str, ...] = ()
    """Files and directories whose change asks for a restart."""
    rereads: str = ""
    """A file whose change asks for a reload only."""
    tells: str = ""
    """JSON status file in which the unit reports the modification time of `rereads` as it last read it: key
    `configuration_written`, seconds since 1970."""
    holds: str = ""
    """Command that fails if the unit's effect is gone, such as a table of nftables that was flushed."""


@dataclass(frozen=True)
class ServiceConfig:
    path: str
    content: str
    mode: str
    owner: str
    group: str
    revision: str
    """Name of the configuration, which the running service reports for its active one."""
    ask: str
    """Command that prints what the running service reports of its configuration; fails if the service does not run."""
    script: str = ""
    """Takes the content as base64 on standard input and makes it the service's configuration, or fails with the
    previous one in place."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class Removable:
    """Something to remove. `paths`: any of them exists as long as it is installed; `units`: names or patterns to stop;
    `teardown`: a command that runs before the paths are removed."""

    name: str
    paths: Sequence[str]
    units: Sequence[str] = ()
    teardown: str = ""
    brings: Sequence[str] = ()
    """Patterns of the files that envivo puts into those of the paths that are directories: others are foreign. None:
    whatever is in them is envivo's."""


@dataclass(frozen=True)
class Backup:
    """Data of a host that a deploy cannot create again."""

    name: str
    """A word, of the files in an archive."""
    what: str
    paths: Sequence[str]
    on_request: bool = False
    """Whether it is large, and saved only where that is asked for."""
    after: str = ""
    """Command that makes services take what was restored; it may be that none is there yet."""


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
    """The kernel's own value, restored by `undo`."""
    file: str
    """File that sets it at boot."""

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
    """Only the host itself reaches it."""
    last: int = 0
    """Last port of a range of which some are open at a time: relays of coturn."""

    @property
    def ports(self) -> range:
        return range(self.port, (self.last or self.port) + 1)


@dataclass(frozen=True)
class Service:
    revision: str
    """Of its definition in the compose file."""
    image_id: str
    ask: str
    config_revision: str
    """Revision of the configuration, which the command `ask` must print once the service runs."""
    program: str
    """What people call it: the service's own name stands in commands of Docker alone."""


class RequiredCertificate(NamedTuple):
    """`name`: host name; `certificate`: file that a service reads; `source`: file of the program that obtains it."""

    name: str
    certificate: str
    source: str


@dataclass(frozen=True)
class Certbot:
    name: str
    directory: str
    email: str
    ca_file: str = ""
    """File on the host with the authority that signed the ACME server's certificate, where that is not a public one."""


def probe_unit(port: int) -> str:
    """The name of the transient unit that listens while a port is tried from outside."""
    return f"envivo-reach-{port}.service"
