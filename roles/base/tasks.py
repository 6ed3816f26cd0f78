"""Prepares a host for its roles, or refuses it unchanged."""

from pyinfra.api import deploy

from envivo.core.paths import COMPOSE_PROJECT, ETC, OPT, VAR
from envivo.operations.account import accounts
from envivo.operations.apt import packages
from envivo.operations.files import files
from envivo.operations.preflight import preflight
from envivo.roles.base.settings import Base
from envivo.roles.role import Needs
from envivo.state.desired import Directory


@deploy("Base")
def base(settings: Base, needs: Needs) -> None:
    preflight(
        name="Check the host before anything changes",
        listeners=needs.ports,
        systems=needs.systems,
        untested=settings.untested_system,
        project=COMPOSE_PROJECT,
        packages=needs.packages,
        provided=needs.provided,
        elsewhere=needs.elsewhere,
        least=needs.least,
        images=needs.images,
        own_units=needs.own_units,
        names=needs.names,
        addresses=needs.addresses,
        engine=needs.engine,
        documents=needs.documents,
        yielding=needs.yielding,
    )
    packages(
        name="Install packages",
        names=needs.packages,
        provided=needs.provided,
        masked=needs.masked,
        elsewhere=needs.elsewhere if settings.untested_system else {},
        least=needs.least,
        lock_wait=settings.apt_lock_wait,
    )
    accounts(name="Create accounts", wanted=needs.accounts)
    files(
        name="Create directories",
        wanted=[Directory(ETC), Directory(OPT), Directory(VAR)],
    )
