"""Certificates on a host: how they are obtained, and which service reads which."""

from collections.abc import Sequence
from dataclasses import dataclass

from envivo.state.desired import Certbot, LocalFile, RequiredCertificate


@dataclass(frozen=True)
class InstalledCertificate:
    """Where a service reads its certificate and key: `server.crt` and `server.key` of a directory."""

    directory: str
    group: str
    reload: str = ":"

    @property
    def certificate(self) -> str:
        return f"{self.directory}/server.crt"

    @property
    def key(self) -> str:
        return f"{self.directory}/server.key"

    @property
    def files(self) -> list[LocalFile]:
        """Both, as envivo-certificates leaves them."""
        return [LocalFile(path, "640", "root", self.group) for path in (self.certificate, self.key)]


@dataclass(frozen=True)
class Use:
    """A service of this host that serves TLS under a name."""

    name: str
    address: str
    """What the name must resolve to; an ACME server validates there. Empty: anything."""
    installed: InstalledCertificate


@dataclass(frozen=True)
class CertificateSource:
    """`certificate` and `key`: where their `owner` keeps those for `name`."""

    name: str
    certificate: str
    key: str
    installed: InstalledCertificate
    owner: str = "root"

    @property
    def folder(self) -> str:
        return self.certificate.rpartition("/")[0]


@dataclass(frozen=True)
class Certificates:
    """On one host."""

    sources: Sequence[CertificateSource]
    certbot: Certbot | None = None
    directory_ca: str = ""
    """PEM for certbot."""
    acme_ports: Sequence[int] = ()
    """Ports on which the ACME server validates."""
    address: str = ""
    """Address at which it validates."""
    provided: Sequence[tuple[str, str]] = ()
    """Name of a file among those that a deploy brings, and PEM."""

    @property
    def needed(self) -> list[RequiredCertificate]:
        return [RequiredCertificate(copy.name, copy.installed.certificate, copy.certificate) for copy in self.sources]

    def needed_by(self, installed: InstalledCertificate) -> list[RequiredCertificate]:
        return [needed for needed in self.needed if needed.certificate == installed.certificate]
