"""Which host has which roles: settings and inventory together. Pure functions over names, groups and addresses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from envivo.artifacts import Artifacts
from envivo.core.problems import Problem
from envivo.core.quoting import shown
from envivo.inventory import LOCAL
from envivo.orchestration.environment import Environment
from envivo.orchestration.roles import ConfiguredRole, own, roles, roles_of
from envivo.roles.certificates import desired as certificates
from envivo.roles.certificates.settings import Tls
from envivo.roles.role import Context, Groups, Needs, together
from envivo.state.desired import Removable
from envivo.state.endpoints import Endpoints, Ports


def problems(env: str, settings: Environment, groups: Groups) -> Iterator[Problem]:
    """Problems between settings and inventory."""
    here, there = f"group_data/{env}.py", f"inventories/{env}.py"
    yield from _numbers(settings, groups, here, there)
    apart = set(groups.get("turn", ())) - set(groups.get("media", ()))
    if settings.turn and settings.web.tls.issuer == "internal" and apart:
        why = "Caddy makes internal certificates only on the media host, but turn runs on another host"
        yield Problem("web.tls.issuer", f"must be acme or files: {why}", file=here)
    camera_hosts = groups.get("cameras", ())
    local = LOCAL in groups.get("media", ()) and set(camera_hosts) - {LOCAL}
    if local and not (settings.media_address or settings.encrypted):
        yield Problem("media_address", "is required, since cameras on other hosts cannot reach @local", file=here)
    for name, camera in settings.cameras.items():
        place = f"cameras.{name}.host"
        if camera.host and camera.host not in camera_hosts:
            yield Problem(place, f"must be a host of the inventory group cameras, is {shown(camera.host)}", file=here)
        if not camera.host and len(camera_hosts) != 1:
            yield Problem(place, f"is required, since the group cameras has {len(camera_hosts)} hosts", file=here)


def _numbers(settings: Environment, groups: Groups, here: str, there: str) -> Iterator[Problem]:
    """The hosts of each role's group: one where more are not supported yet (`Role.one_host`), none without settings."""
    for role in roles():
        number = len(groups.get(role.group, ()))
        if own(role, settings) is None:
            if role.settings and number:
                yield Problem(
                    role.settings, f"is required, since {there} has hosts in the group {role.group}", file=here
                )
        elif role.one_host and number != 1:
            why = f" because {here} configures {role.settings}" if role.settings in Environment.model_fields else ""
            yield Problem(role.group, f"needs exactly one host (has {number}){why}", file=there)


def only(groups: Groups, group: str) -> str:
    """The host of a group that has one, as `_numbers` sees to. All that takes one host for its group asks here."""
    (host,) = groups[group]
    return host


def servers(groups: Groups) -> list[str]:
    """Hosts of the groups that have one."""
    return [groups[role.group][0] for role in roles() if role.one_host and len(groups.get(role.group, ())) == 1]


def endpoints(settings: Environment, media_host: str, address: str) -> Endpoints:
    """`address`: where the controller reaches the media host."""
    mediamtx, web, media = settings.mediamtx, settings.web, settings.media
    return Endpoints(
        media_host=media_host,
        address=settings.public_address or address,
        domain=web.domain,
        plain=not web.certified,
        media_address=settings.media_address or address,
        ports=Ports(web.port, mediamtx.rtsp_port, mediamtx.rtsps_port, mediamtx.rtmp_port, mediamtx.rtmps_port),
        media_port=mediamtx.webrtc.media_port,
        advertised=media.advertised,
    )


def context(
    settings: Environment, host: str, groups: Groups, book: Endpoints, artifacts: Artifacts | None = None
) -> Context:
    """The context of a host's roles. `groups`: of the whole inventory."""
    mine = [name for name, hosts in groups.items() if host in hosts]
    return complete(Context(host, mine, groups, book, artifacts=artifacts), roles_of(settings, mine), settings.tls)


def complete(here: Context, parts: Sequence[ConfiguredRole], tls: Tls) -> Context:
    """The context with what these roles of the host open and serve."""
    uses = [use for role, part in parts for use in role.certificates(part, here)]
    listeners = [listener for role, part in parts for listener in role.listeners(part, here)]
    systems = together([role.needs(part, here) for role, part in parts]).systems
    return replace(here, certificates=certificates.plan(tls, uses, here), listeners=listeners, systems=systems)


def needs(here: Context, parts: Sequence[ConfiguredRole]) -> Needs:
    """Needs of all these roles of a host."""
    ports = [listener for listener in here.listeners if not listener.last]
    uses = [use for role, part in parts for use in role.certificates(part, here)]
    named = Needs(ports=ports, names={use.name: use.address for use in uses if use.address})
    return together([named, *(role.needs(part, here) for role, part in parts)])


def to_remove(settings: Environment, here: Context) -> list[Removable]:
    """What earlier settings may have installed on a host and these settings do not need."""
    parts = roles_of(settings, here.groups)
    has = {role.name for role, _ in parts}
    gone = [removable for role in roles() if role.name not in has for removable in role.removables]
    return [*gone, *(removable for role, part in parts for removable in role.unneeded(part, here))]
