"""Who reads which certificate on a host: pure functions from settings to the script and units that copy them."""

from collections.abc import Sequence
from dataclasses import dataclass

from envivo.core.paths import ETC, OPT, VAR
from envivo.render import render
from envivo.roles.media.settings import USER
from envivo.roles.turn.settings import GROUP, UNIT
from envivo.state.desired import Certbot, Directory, File, Removable, RequiredCertificate, Unit

CADDY_DATA = f"{VAR}/caddy"
PROGRAMS = f"{OPT}/bin"
SCRIPT = f"{PROGRAMS}/envivo-certificates"
UNITS = "/etc/systemd/system"
NAME = "envivo-certificates"


@dataclass(frozen=True)
class Pair:
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


MEDIAMTX_PAIR = Pair(f"{ETC}/tls", USER)
"""MediaMTX watches the files itself: docs/notes/mediamtx.md#certificates-are-watched"""
COTURN_PAIR = Pair(
    f"{ETC}/turn/tls", GROUP, reload=f"systemctl kill -s USR2 --kill-whom=main {UNIT} 2>/dev/null || true"
)


@dataclass(frozen=True)
class Copy:
    """`certificate` and `key`: where their `owner` keeps those for `name`."""

    name: str
    certificate: str
    key: str
    pair: Pair
    owner: str = "root"

    @property
    def folder(self) -> str:
        return self.certificate.rpartition("/")[0]


def of_caddy(name: str, storage: str, pair: Pair) -> Copy:
    """`storage`: envivo.roles.certificates.settings.Tls.storage."""
    base = f"{CADDY_DATA}/caddy/certificates/{storage}/{name}/{name}"
    return Copy(name, f"{base}.crt", f"{base}.key", pair, owner=USER)


def of_certbot(name: str, pair: Pair) -> Copy:
    live = f"/etc/letsencrypt/live/{name}"
    return Copy(name, f"{live}/fullchain.pem", f"{live}/privkey.pem", pair)


def of_files(name: str, directory: str, pair: Pair) -> Copy:
    return Copy(name, f"{directory}/certificate.pem", f"{directory}/key.pem", pair)


@dataclass(frozen=True)
class Certificates:
    """On one host."""

    copies: Sequence[Copy]
    certbot: Certbot | None = None
    directory_ca: str = ""
    """PEM for certbot."""
    asks_over: Sequence[int] = ()
    """Ports on which an ACME server looks for whoever asks for a certificate."""
    address: str = ""
    """Where it looks."""
    given: Sequence[tuple[str, str]] = ()
    """Name of a file in GIVEN, and PEM."""

    @property
    def needed(self) -> list[RequiredCertificate]:
        return [RequiredCertificate(one.name, one.pair.certificate, one.certificate) for one in self.copies]


GIVEN = f"{ETC}/certificates"
DIRECTORY_CA = f"{GIVEN}/directory_ca.pem"
CERTBOT_DROP_IN = f"{UNITS}/certbot.service.d"


def files(wanted: Certificates) -> list[Directory | File]:
    def unit(kind: str) -> File:
        rendered = render(f"certificates/{NAME}.{kind}.j2", script=SCRIPT, copies=wanted.copies, etc=ETC)
        return File(f"{UNITS}/{NAME}.{kind}", rendered.encode())

    found: list[Directory | File] = [
        Directory(PROGRAMS),
        File(SCRIPT, render(f"certificates/{NAME}.sh.j2", copies=wanted.copies).encode(), mode="755"),
        *(unit(kind) for kind in ("service", "path", "timer")),
        Directory(GIVEN, mode="700", exclusive=True),
        *(File(f"{GIVEN}/{name}", pem.encode(), mode="600") for name, pem in wanted.given),
    ]
    if wanted.certbot and wanted.directory_ca:
        trust = f"[Service]\nEnvironment=REQUESTS_CA_BUNDLE={DIRECTORY_CA}\n"
        found += [
            File(DIRECTORY_CA, wanted.directory_ca.encode(), mode="600"),
            Directory(CERTBOT_DROP_IN),
            File(f"{CERTBOT_DROP_IN}/envivo.conf", trust.encode()),
        ]
    return found


def units(wanted: Certificates) -> list[Unit]:
    service = f"{UNITS}/{NAME}.service"
    ours = [Unit(f"{NAME}.{kind}", reads=(f"{UNITS}/{NAME}.{kind}", service)) for kind in ("path", "timer")]
    return [*ours, *([Unit("certbot.timer", reads=(CERTBOT_DROP_IN,))] if wanted.certbot else [])]


OF_MEDIAMTX_LEFTOVER = Removable("certificate of MediaMTX", paths=(MEDIAMTX_PAIR.certificate, MEDIAMTX_PAIR.key))
CERTBOT_LEFTOVER = Removable("trust of certbot", paths=(CERTBOT_DROP_IN,))
LEFTOVER = Removable(
    "certificates",
    paths=(
        *(PROGRAMS, GIVEN),
        *(f"{UNITS}/{NAME}.{kind}" for kind in ("service", "path", "timer")),
    ),
    units=(f"{NAME}.path", f"{NAME}.timer"),
)
