"""Certificates on hosts that serve TLS: obtained where no Caddy does it, and brought to the services that read them."""

from collections.abc import Iterator, Sequence

from envivo.roles.certificates import desired
from envivo.roles.certificates.settings import PACKAGES, Tls
from envivo.roles.role import Context, Needs, Role
from envivo.state.desired import Removable, probe_unit
from envivo.state.endpoints import HTTP, HTTPS
from envivo.state.program import Program


def needs(tls: Tls, context: Context) -> Needs:
    return Needs(
        packages=PACKAGES if context.certificates else (),
        # left by a run that died while it tried the ports from outside
        own_units={probe_unit(port): desired.SCRIPT for port in (HTTP, HTTPS)},
    )


def programs(tls: Tls, context: Context) -> Iterator[Program]:
    if not context.certificates:
        return
    name = desired.NAME
    logs = [f"{name}.path", f"{name}.service"]
    yield Program("certificates", "services keep the certificate that they have", f"{name}.timer", logs=logs)
    if context.certificates.certbot:
        yield Program("certbot", "the certificate is not renewed", "certbot.timer", logs=["certbot.service"])


def unneeded(tls: Tls, context: Context) -> Sequence[Removable]:
    certificates = context.certificates
    if certificates is None:
        return [desired.REMOVABLE, desired.CERTBOT_REMOVABLE]
    return [] if certificates.certbot and certificates.directory_ca else [desired.CERTBOT_REMOVABLE]


ROLE = Role(
    name="certificates",
    group="",
    settings="tls",
    after=("base",),
    needs=needs,
    programs=lambda tls, context: list(programs(tls, context)),
    removables=(desired.REMOVABLE, desired.CERTBOT_REMOVABLE),
    unneeded=unneeded,
)
