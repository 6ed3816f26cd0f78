"""Certificates on a host: obtained where no Caddy does it, and brought to the services that read them."""

from pyinfra.api import deploy

from envivo.operations.certbot import certbot
from envivo.operations.files import files
from envivo.operations.inbound_ports import warn_if_blocked
from envivo.operations.units import units
from envivo.roles.certificates import desired
from envivo.state.certificates import Certificates


@deploy("Certificates")
def certificates(wanted: Certificates) -> None:
    files(name="Write the certificate configuration", wanted=desired.files(wanted))
    if wanted.acme_ports:
        warn_if_blocked(
            name="Check that the certificate authority can reach the host",
            needed=wanted.needed[0],
            address=wanted.address,
            ports=wanted.acme_ports,
        )
    if wanted.certbot:
        certbot(name=f"Obtain the certificate of {wanted.certbot.name}", wanted=wanted.certbot, hook=desired.SCRIPT)
    units(name="Start the watch for new certificates", wanted=desired.units(wanted))
