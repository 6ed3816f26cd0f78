"""A single role without the whole environment, from your own deploy.py: docs/howto/one_role.md"""

from typing import TypeVar

from pyinfra.api import Host

from envivo.operations.connection import connection_of
from envivo.operations.lock import lock
from envivo.orchestration import placement
from envivo.orchestration.roles import ConfiguredRole
from envivo.roles.base.role import ROLE as BASE
from envivo.roles.base.settings import Base
from envivo.roles.base.tasks import base
from envivo.roles.certificates.role import ROLE as CERTIFICATES
from envivo.roles.certificates.settings import Tls
from envivo.roles.certificates.tasks import certificates
from envivo.roles.role import Context, Role
from envivo.state.endpoints import Endpoints

S = TypeVar("S")


def prepare(host: Host, role: Role[S], settings: S, endpoints: Endpoints, tls: Tls | None = None) -> Context:
    """Prepares a host for one role: its needs and its certificates. Returns the context for the role's own tasks."""
    connection_of(host)
    general, tls = Base(), tls or Tls()
    parts: list[ConfiguredRole] = [(BASE, general), (CERTIFICATES, tls), (role, settings)]
    here = placement.complete(Context(host.name, [role.group], {role.group: [host.name]}, endpoints), parts, tls)
    lock(name="Take the deploy lock")
    base(settings=general, needs=placement.needs(here, parts))
    if here.certificates:
        certificates(wanted=here.certificates)
    return here
