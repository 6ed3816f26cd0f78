"""One host of an environment as its roles see it."""

from collections.abc import Sequence

from envivo.artifacts import Artifacts
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.roles import roles_of
from envivo.roles.role import Context, Needs
from envivo.state.certificates import Certificates
from envivo.state.endpoints import Endpoints

HERE = "here"
MEDIA_ADDRESS = "192.0.2.1"
"""Where SSH reaches the media host."""


def endpoints(settings: Environment, groups: Sequence[str] = ()) -> Endpoints:
    return placement.endpoints(settings, HERE if "media" in groups else "elsewhere", MEDIA_ADDRESS)


def context(settings: Environment, groups: Sequence[str], artifacts: Artifacts | None = None) -> Context:
    """Of the only host in these groups; a media host is elsewhere where it is not in that group."""
    hosts = {group: [HERE] for group in groups}
    return placement.context(settings, HERE, hosts, endpoints(settings, groups), artifacts)


def needs(settings: Environment, groups: Sequence[str], artifacts: Artifacts | None = None) -> Needs:
    here = context(settings, groups, artifacts)
    return placement.needs(here, roles_of(settings, here.groups))


def certificates(settings: Environment, groups: Sequence[str]) -> Certificates | None:
    return context(settings, groups).certificates
