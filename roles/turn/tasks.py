"""coturn: the distribution's package, masked until its configuration is in place and judged (roles/base)."""

from pyinfra.api import deploy

from envivo.operations.certificates import provisional
from envivo.operations.files import files
from envivo.operations.switch import switch
from envivo.operations.units import units
from envivo.orchestration.environment import Environment
from envivo.roles.certificates.desired import COTURN_PAIR, SCRIPT, Certificates
from envivo.roles.turn import desired


@deploy("TURN")
def turn(settings: Environment, certificates: Certificates | None) -> None:
    assert settings.turn and certificates  # noqa: S101 - envivo.orchestration.placement saw to it
    files(name="Write how coturn runs, and whom it may send to", wanted=desired.files(settings, settings.turn))
    provisional(
        name="Have a certificate to start coturn with",
        needed=[one for one in certificates.needed if one.certificate == COTURN_PAIR.certificate],
        script=SCRIPT,
    )
    switch(name="Switch to turnserver.conf", config=desired.config(settings, settings.turn))
    units(name="Run coturn", wanted=[desired.unit()])
