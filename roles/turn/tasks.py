"""coturn: the distribution's package, masked (roles/base) until its validated configuration is in place."""

from pyinfra.api import deploy

from envivo.operations.certificates import ensure_temporary
from envivo.operations.files import files
from envivo.operations.switch import switch
from envivo.operations.units import units
from envivo.roles.certificates.desired import SCRIPT
from envivo.roles.role import Context
from envivo.roles.turn import desired
from envivo.roles.turn.settings import Turn


@deploy("TURN")
def turn(settings: Turn, context: Context) -> None:
    certificates, following = context.certificates, desired.followed(settings, context.endpoints)
    files(
        name="Write coturn's unit and its list of allowed peers",
        wanted=[*desired.files(settings, context.endpoints), *desired.CERTIFICATE.files],
    )
    ensure_temporary(
        name="Create a temporary certificate for coturn",
        needed=certificates.needed_by(desired.CERTIFICATE) if certificates else [],
        script=SCRIPT,
    )
    if following.names:
        units(name="Follow the addresses of names", wanted=following.units())
    switch(name="Switch to turnserver.conf", config=desired.config(settings, context.endpoints))
    units(name="Start coturn", wanted=[desired.unit()])
