"""A single role without the whole environment, from your own deploy.py: docs/howto/one_role.md"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from pyinfra.api import Host

from envivo.operations.connection import watched
from envivo.operations.lock import lock
from envivo.roles.base.settings import Base
from envivo.roles.base.tasks import base
from envivo.roles.certificates import desired as certificates
from envivo.roles.certificates.role import ROLE as CERTIFICATES
from envivo.roles.certificates.settings import Tls
from envivo.roles.certificates.tasks import certificates as bring_certificates
from envivo.roles.role import Context, Needs, Role, together
from envivo.state.endpoints import Endpoints

S = TypeVar("S")


def prepare(
    host: Host,
    role: Role[S],
    settings: S,
    endpoints: Endpoints,
    tls: Tls | None = None,
    systems: Sequence[str] = ("debian-12", "debian-13"),
) -> Context:
    """Prepares a host for one role: its needs and its certificates. Returns the context for the role's own tasks."""
    watched(host)
    here = Context(host.name, [role.group], {role.group: [host.name]}, endpoints)
    names = {**endpoints.names, **role.needs(settings, here).names}
    here = replace(here, endpoints=replace(endpoints, names=names), listeners=role.listeners(settings, here))
    tls = tls or Tls()
    here = replace(here, certificates=certificates.plan(tls, role.certificates(settings, here), here))
    ports = [listener for listener in here.listeners if not listener.last]
    needs = [Needs(systems=systems, ports=ports), CERTIFICATES.needs(tls, here), role.needs(settings, here)]
    lock(name="Keep other deploys away from the host")
    base(settings=Base(), needs=together(needs))
    if here.certificates:
        bring_certificates(wanted=here.certificates)
    return here
