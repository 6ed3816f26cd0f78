"""The settings of all roles together, and what must hold between them."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, Unpack, get_args

from pydantic import Field, ValidationError

from envivo.config.interrupts import Interrupts
from envivo.config.lazy import LazySettings
from envivo.config.models import problems
from envivo.config.per_host import PerHost
from envivo.config.types import OptionalAddressOrName, OptionalHost, PathName, Settings
from envivo.config.values import is_ipv4
from envivo.core.problems import Problem
from envivo.core.quoting import shown
from envivo.roles.base.settings import Base
from envivo.roles.camera.settings import Agents, Camera
from envivo.roles.certificates.settings import Tls
from envivo.roles.certificates.validation import file_problems, unfit_authorities
from envivo.roles.media.settings import Media, Mediamtx, Relay, Web
from envivo.roles.turn.settings import Turn


class Environment(Settings):
    """All settings of an environment."""

    base: Annotated[Base, PerHost()] = Base()
    public_address: Annotated[OptionalAddressOrName, Interrupts.WEBRTC, PerHost("media")] = ""
    """Public address of the media host: MediaMTX advertises it to viewers. Required with `web.domain`. For a home
    connection whose address changes, set a name: envivo follows its address within a minute
    (docs/howto/production.md). Empty: MediaMTX advertises the addresses of its interfaces."""
    mediamtx: Mediamtx
    web: Web = Web()
    turn: Annotated[Turn | None, Interrupts.WEBRTC] = None
    """The relay; needs `web.domain`. None: viewers must reach the media host's `mediamtx.webrtc.media_port`."""
    media_address: Annotated[OptionalHost, Interrupts.REMOTE_CAMERAS, PerHost("media")] = ""
    """Address or name at which cameras on other hosts reach the media host; only without `web.domain`. Empty: the one
    that SSH uses."""
    cameras: Annotated[dict[PathName, Camera], Interrupts.REMOVED] = Field(default_factory=dict)
    """Cameras by name; each publishes to the path of that name in `mediamtx.paths`."""

    @property
    def encrypted(self) -> bool:
        return self.web.certified

    @property
    def media(self) -> Media:
        """Settings of the media role."""
        turn = self.turn
        relay = None
        if turn:
            urls = [f"turn:{turn.domain}:{turn.port}?transport={transport}" for transport in ("udp", "tcp")]
            relay = Relay([*urls, f"turns:{turn.domain}:{turn.tls_port}?transport=tcp"], turn.secret)
        agents = {name: camera.host for name, camera in self.cameras.items()}
        rates = {name: camera.total_kbps for name, camera in self.cameras.items()}
        return Media(self.mediamtx, self.web, self.public_address, relay, agents, rates)

    @property
    def agents(self) -> Agents:
        """Settings of the camera role."""
        publishers = {name: path.publisher for name, path in self.mediamtx.paths.items() if path.publisher}
        return Agents(self.cameras, publishers, self.web.tls.root)

    @property
    def tls(self) -> Tls:
        """Settings of the certificates role."""
        return self.web.tls


def cross_role_problems(settings: Environment) -> Iterator[Problem]:
    """Problems between the settings of several roles; those of a single role: roles/NAME/role.py."""
    for name in settings.cameras:
        if name not in settings.mediamtx.paths:
            known = ", ".join(settings.mediamtx.paths)
            yield Problem(f"cameras.{name}", f"publishes to a path that mediamtx.paths does not list, known: {known}")
        elif settings.mediamtx.paths[name].publisher is None:
            yield Problem(f"cameras.{name}", f"needs mediamtx.paths.{name}.publisher to publish with")
    if settings.web.https and not settings.public_address:
        yield Problem("public_address", "is required with web.domain, which must resolve to it")
    if settings.encrypted and settings.media_address:
        why = "cameras verify a certificate for web.domain, so they must connect to that name"
        yield Problem("media_address", f"must be left out with web.domain: {why}")
    if (
        settings.turn
        and settings.turn.domain == settings.web.domain
        and settings.turn.address != settings.public_address
    ):
        why = "one name resolves to one address"
        yield Problem("turn.address", f"must be public_address if turn.domain is web.domain: {why}")
    if settings.turn and not settings.turn.listen_address and not is_ipv4(settings.turn.address):
        why = "coturn has to know which address of its host it uses"
        yield Problem("turn.listen_address", f"is required if turn.address is a name: {why}")
    if settings.turn and not settings.encrypted:
        needed = 'web.tls with "issuer": "files"' if settings.web.domain else "web.domain"
        yield Problem("turn", f"needs {needed}: TURN over TLS needs a certificate")
    yield from _page(settings.web)
    yield from _peers(settings)
    yield from _certificates(settings)


def _page(web: Web) -> Iterator[Problem]:
    if web.https and "port" in web.model_fields_set:
        yield Problem("web.port", "has no effect with web.domain, whose page is on port 443", "leave it out")
    if not web.trusted_proxies:
        return
    if not web.domain:
        yield Problem("web.trusted_proxies", "needs web.domain, the name under which your proxy serves the page")
    if web.tls.issuer != "files" and web.tls.model_fields_set - {"root"}:
        why = "your proxy uses the ports that envivo needs to obtain certificates"
        yield Problem("web.tls", f"if web.trusted_proxies is set, set issuer to files, or set only root: {why}")


def _peers(settings: Environment) -> Iterator[Problem]:
    for number, host in enumerate(settings.mediamtx.webrtc.additional_hosts):
        # coturn ignores a rule that is not an address (docs/notes/coturn.md#a-line-it-does-not-understand), and nft
        # does not load at all
        if settings.turn and not is_ipv4(host):
            place = f"mediamtx.webrtc.additional_hosts.{number}"
            yield Problem(place, "must be an IPv4 address when turn is set: relay rules cannot use names")


def _certificates(settings: Environment) -> Iterator[Problem]:
    names = [settings.web.domain] + ([settings.turn.domain] if settings.turn else [])
    if settings.web.domain:
        yield from unfit_authorities(settings.web.tls)
    if settings.encrypted and settings.web.tls.issuer == "files":
        yield from file_problems(settings.web.tls, names)


class GroupData(TypedDict, total=False):
    """Fields of Environment as group data give them: dictionaries, or the types of envivo.settings."""

    base: Base | Mapping[str, Any]
    public_address: str
    mediamtx: Mediamtx | Mapping[str, Any]
    web: Web | Mapping[str, Any]
    turn: Turn | Mapping[str, Any] | None
    media_address: str
    cameras: Mapping[str, Camera] | Mapping[str, Mapping[str, Any]]


Secrets = Literal["generated", "given"]


def environment(secrets: Secrets = "generated", **data: Unpack[GroupData]) -> LazySettings[Environment]:
    """The settings of one environment, called from group_data/ENV.py.

    Nothing is validated before the environment is read: then all problems are reported at once. `secrets`: whether
    secrets without a value are generated and kept, or are a problem.
    """
    file = Path(sys._getframe(1).f_code.co_filename)
    if secrets not in get_args(Secrets):
        raise ValueError(f"secrets: must be 'generated' or 'given', is {shown(secrets)}")
    return LazySettings(file, lambda: data, secrets == "generated", validated)


def validated(data: Mapping[str, Any]) -> tuple[Environment | None, list[Problem]]:
    try:
        settings = Environment.model_validate(data)
    except ValidationError as error:
        return None, problems(Environment, error)
    from envivo.orchestration.roles import colliding_ports, problems_of_roles  # the roles rest on these settings

    return settings, [*problems_of_roles(settings), *colliding_ports(settings), *cross_role_problems(settings)]


def derive(
    settings: LazySettings[Environment], more: Callable[[], Mapping[str, Any]], **data: Unpack[GroupData]
) -> LazySettings[Environment]:
    """`settings` for another environment, overlaid with `more()` (evaluated when they are read) and `data`.

    Called from the other environment's group data. Secrets are generated.
    """
    return settings.derive(Path(sys._getframe(1).f_code.co_filename), True, lambda: {**more(), **data})
