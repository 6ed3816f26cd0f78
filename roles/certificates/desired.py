"""Which service reads which certificate: pure functions from settings to the script and units that copy them."""

from collections.abc import Sequence

from envivo.core.paths import ETC, OPT, STACK_USER, VAR
from envivo.render import render
from envivo.roles.certificates.settings import Tls
from envivo.roles.role import Context
from envivo.state.certificates import Certificates, CertificateSource, InstalledCertificate, Use
from envivo.state.desired import Certbot, Directory, File, Removable, Unit
from envivo.state.endpoints import HTTP, HTTPS

CADDY_DATA = f"{VAR}/caddy"
PROGRAMS = f"{OPT}/bin"
SCRIPT = f"{PROGRAMS}/envivo-certificates"
UNITS = "/etc/systemd/system"
NAME = "envivo-certificates"


def from_caddy(name: str, storage: str, installed: InstalledCertificate) -> CertificateSource:
    """`storage`: envivo.roles.certificates.settings.Tls.storage."""
    base = f"{CADDY_DATA}/caddy/certificates/{storage}/{name}/{name}"
    return CertificateSource(name, f"{base}.crt", f"{base}.key", installed, owner=STACK_USER)


def from_certbot(name: str, installed: InstalledCertificate) -> CertificateSource:
    live = f"/etc/letsencrypt/live/{name}"
    return CertificateSource(name, f"{live}/fullchain.pem", f"{live}/privkey.pem", installed)


def from_files(name: str, directory: str, installed: InstalledCertificate) -> CertificateSource:
    return CertificateSource(name, f"{directory}/certificate.pem", f"{directory}/key.pem", installed)


PROVIDED_DIR = f"{ETC}/certificates"
DIRECTORY_CA = f"{PROVIDED_DIR}/directory_ca.pem"
CERTBOT_DROP_IN = f"{UNITS}/certbot.service.d"


def obtained_by_certbot(context: Context) -> bool:
    """Caddy obtains certificates on a media host, for a coturn beside it too."""
    return bool(context.certificates and context.certificates.certbot)


def plan(tls: Tls, uses: Sequence[Use], context: Context) -> Certificates | None:
    """How the certificates of a host are obtained, and for which services; None where nothing on it serves TLS."""
    if not uses:
        return None
    alone = "media" not in context.groups

    def copy(use: Use) -> CertificateSource:
        if tls.issuer == "files":
            return from_files(use.name, PROVIDED_DIR, use.installed)
        if alone:
            return from_certbot(use.name, use.installed)
        return from_caddy(use.name, tls.storage, use.installed)

    name = uses[0].name
    trust = DIRECTORY_CA if tls.directory_ca else ""
    provided = [("certificate.pem", tls.certificate), ("key.pem", tls.key.get_secret_value())]
    return Certificates(
        sources=[copy(use) for use in uses],
        certbot=Certbot(name, tls.directory, tls.email, trust) if alone and tls.issuer == "acme" else None,
        directory_ca=tls.directory_ca,
        acme_ports=() if tls.issuer != "acme" else (HTTP,) if alone else (HTTP, HTTPS),
        address=uses[0].address,
        provided=provided if tls.issuer == "files" else [],
    )


def files(wanted: Certificates) -> list[Directory | File]:
    def unit(kind: str) -> File:
        rendered = render(f"certificates/{NAME}.{kind}.j2", script=SCRIPT, sources=wanted.sources, etc=ETC)
        return File(f"{UNITS}/{NAME}.{kind}", rendered.encode())

    found: list[Directory | File] = [
        Directory(PROGRAMS),
        File(SCRIPT, render(f"certificates/{NAME}.sh.j2", sources=wanted.sources).encode(), mode="755"),
        *(unit(kind) for kind in ("service", "path", "timer")),
        Directory(PROVIDED_DIR, mode="700", exclusive=True),
        *(File(f"{PROVIDED_DIR}/{name}", pem.encode(), mode="600") for name, pem in wanted.provided),
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


CERTBOT_REMOVABLE = Removable("trust of certbot", paths=(CERTBOT_DROP_IN,), brings=(f"{CERTBOT_DROP_IN}/envivo.conf",))
REMOVABLE = Removable(
    "certificates",
    paths=(
        *(PROGRAMS, PROVIDED_DIR),
        *(f"{UNITS}/{NAME}.{kind}" for kind in ("service", "path", "timer")),
    ),
    units=(f"{NAME}.path", f"{NAME}.timer"),
    brings=(SCRIPT, f"{PROVIDED_DIR}/*"),
)
