"""Certificates on hosts that serve TLS: obtained where no Caddy does it, and brought to the services that read them."""

from collections.abc import Sequence

from envivo.roles.certificates import desired
from envivo.roles.certificates.settings import PACKAGES, Tls
from envivo.roles.role import Context, Needs, Role
from envivo.state.desired import Removable, probe_unit
from envivo.state.endpoints import HTTP, HTTPS


def needs(tls: Tls, context: Context) -> Needs:
    return Needs(
        packages=PACKAGES if context.certificates else (),
        # left by a run that died while it tried the ports from outside
        own_units={probe_unit(port): desired.SCRIPT for port in (HTTP, HTTPS)},
    )


def unneeded(tls: Tls, context: Context) -> Sequence[Removable]:
    certificates = context.certificates
    if certificates is None:
        return [desired.REMOVABLE, desired.CERTBOT_REMOVABLE]
    return [] if certificates.certbot and certificates.directory_ca else [desired.CERTBOT_REMOVABLE]


ROLE = Role(name="certificates", group="", settings="tls", after=("base",), needs=needs, unneeded=unneeded)
