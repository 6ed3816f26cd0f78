"""The settings of all roles together, and what must hold between them."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, Unpack

from pydantic import Field, ValidationError

from envivo.config.interrupts import Interrupts
from envivo.config.lazy import Draft
from envivo.config.models import problems
from envivo.config.types import OptionalAddress, OptionalHost, PathName, Settings
from envivo.config.values import is_ipv4
from envivo.core.problems import Problem
from envivo.roles.base.settings import Base
from envivo.roles.camera.settings import INSTANCE, Agents, Camera, instance
from envivo.roles.certificates.judgement import objections, unfit_authorities
from envivo.roles.certificates.settings import Tls
from envivo.roles.media.ports import listeners as media_listeners
from envivo.roles.media.settings import Media, Mediamtx, Relay, Web
from envivo.roles.turn.settings import Turn
from envivo.roles.turn.settings import listeners as turn_listeners
from envivo.secrets.chosen import BETTER, named_after
from envivo.state.desired import Listener


class Environment(Settings):
    """All settings of an environment."""

    base: Base = Base()
    public_address: Annotated[OptionalAddress, Interrupts.WEBRTC] = ""
    """Public address of the media host: MediaMTX advertises it to viewers. Required with `web.domain`. Empty: MediaMTX
    advertises the addresses of its interfaces."""
    mediamtx: Mediamtx
    web: Web = Web()
    turn: Annotated[Turn | None, Interrupts.WEBRTC] = None
    """The relay; needs `web.domain`. None: viewers must reach the media host's `mediamtx.webrtc.media_port`."""
    media_address: Annotated[OptionalHost, Interrupts.REMOTE_CAMERAS] = ""
    """Address or name at which cameras on other hosts reach the media host; only without `web.domain`. Empty: the one
    that SSH uses."""
    cameras: Annotated[dict[PathName, Camera], Interrupts.REMOVED] = Field(default_factory=dict)
    """Cameras by name; each publishes to the path of that name in `mediamtx.paths`."""

    @property
    def encrypted(self) -> bool:
        return bool(self.web.domain)

    @property
    def media(self) -> Media:
        """The media role's own."""
        turn = self.turn
        relay = None
        if turn:
            urls = [f"turn:{turn.domain}:{turn.port}?transport={transport}" for transport in ("udp", "tcp")]
            relay = Relay([*urls, f"turns:{turn.domain}:{turn.tls_port}?transport=tcp"], turn.secret)
        return Media(self.mediamtx, self.web, self.public_address, relay)

    @property
    def agents(self) -> Agents:
        """The camera role's own."""
        publishers = {name: path.publisher for name, path in self.mediamtx.paths.items() if path.publisher}
        return Agents(self.cameras, publishers, self.web.tls.root)

    @property
    def tls(self) -> Tls:
        """The certificates role's own."""
        return self.web.tls

    @property
    def names(self) -> dict[str, str]:
        """Name -> the address that it must resolve to."""
        page = {self.web.domain: self.public_address} if self.encrypted else {}
        return page | ({self.turn.domain: self.turn.address} if self.turn else {})


def between_roles(settings: Environment) -> Iterator[Problem]:
    """What no role can see alone."""
    yield from _ports(settings)
    yield from _names_of_paths(settings)
    yield from _people(settings)
    yield from _names_of_cameras(settings)
    for name in settings.cameras:
        if name not in settings.mediamtx.paths:
            known = ", ".join(settings.mediamtx.paths)
            yield Problem(f"cameras.{name}", f"publishes to a path that mediamtx.paths does not list, known: {known}")
        elif settings.mediamtx.paths[name].publisher is None:
            yield Problem(f"cameras.{name}", f"needs mediamtx.paths.{name}.publisher to publish with")
    if settings.encrypted and not settings.public_address:
        yield Problem("public_address", "is required with web.domain, it is what that name must lead to")
    if settings.encrypted and settings.media_address:
        why = "the certificate that cameras verify is for that name"
        yield Problem("media_address", f"must be left out with web.domain: {why}")
    if (
        settings.turn
        and settings.turn.domain == settings.web.domain
        and settings.turn.address != settings.public_address
    ):
        why = "a name leads to one place"
        yield Problem("turn.address", f"must be public_address where turn.domain is web.domain: {why}")
    if settings.turn and not settings.encrypted:
        yield Problem("turn", "needs web.domain: viewers behind firewalls come over TLS, as the page does")
    yield from _peers(settings)
    yield from _certificates(settings)


def _ports(settings: Environment) -> Iterator[Problem]:
    turn = turn_listeners(settings.turn) if settings.turn else []
    if settings.turn and settings.turn.last_relay_port > 65535:
        last = settings.turn.last_relay_port
        yield Problem("turn.relays", f"must leave the last port at 65535 or below, it would be {last}")
    seen: dict[tuple[str, int], Listener] = {}
    for listener in sorted([*media_listeners(settings.media), *turn], key=lambda listener: bool(listener.last)):
        ports = [(protocol, port) for protocol in listener.protocols for port in listener.range]
        taken = next(((port, seen[protocol, port]) for protocol, port in ports if (protocol, port) in seen), None)
        if taken and listener.last:
            relays = f"the relays of turn ({listener.port} to {listener.last})"
            yield Problem(taken[1].setting, f"port {taken[0]} is among {relays}")
        elif taken:
            yield Problem(listener.setting, f"port {listener.port} is already used by {taken[1].setting}")
        seen.update(dict.fromkeys(ports, listener))


def _peers(settings: Environment) -> Iterator[Problem]:
    for number, host in enumerate(settings.mediamtx.webrtc.additional_hosts):
        # coturn goes on without a rule that is not an address (docs/notes/coturn.md#a-line-it-does-not-understand), and
        # nft does not load at all
        if settings.turn and not is_ipv4(host):
            place = f"mediamtx.webrtc.additional_hosts.{number}"
            yield Problem(place, "must be an address, since turn lets relays reach it")


def _names_of_paths(settings: Environment) -> Iterator[Problem]:
    """Caddy, which shows recordings, does not tell small letters from capital ones; MediaMTX does."""
    seen: dict[str, str] = {}
    for name in settings.mediamtx.paths:
        if (other := seen.setdefault(name.lower(), name)) != name:
            yield Problem(
                f"mediamtx.paths.{name}", f"differs from {other} in capital letters alone", "choose another name"
            )


def _people(settings: Environment) -> Iterator[Problem]:
    """Caddy keeps one password for each name, for a path and for the lists above it; MediaMTX takes any of them."""
    seen: dict[str, tuple[str, str]] = {}
    for place, path, person in settings.media.people:
        password = person.password.get_secret_value()
        other, known = seen.setdefault(person.user, (place, password))
        if password != known:
            yield Problem(f"{place}.user", f"{person.user} has another password in {other}", "one name, one password")
        if name := named_after(password, (person.user, *path.split("/"))):
            yield Problem(f"{place}.password", f"must not be made from {name}, a name that others see", BETTER)


def _names_of_cameras(settings: Environment) -> Iterator[Problem]:
    instances: dict[str, str] = {}
    for name in settings.cameras:
        if (other := instances.setdefault(instance(name), name)) != name:
            yield Problem(f"cameras.{name}", f"is called like {other} on the host", "choose another name")
        if not re.fullmatch(INSTANCE, instance(name)):
            yield Problem(
                f"cameras.{name}", "a camera's name begins with a letter or digit and has at most 63 characters"
            )


def _certificates(settings: Environment) -> Iterator[Problem]:
    names = [settings.web.domain] + ([settings.turn.domain] if settings.turn else [])
    if settings.encrypted:
        yield from unfit_authorities(settings.web.tls)
    if settings.encrypted and settings.web.tls.issuer == "files":
        yield from objections(settings.web.tls, names)


class Said(TypedDict, total=False):
    """The fields of Environment as group data give them; dictionaries or the types of envivo.settings."""

    base: Base | Mapping[str, Any]
    public_address: str
    mediamtx: Mediamtx | Mapping[str, Any]
    web: Web | Mapping[str, Any]
    turn: Turn | Mapping[str, Any] | None
    media_address: str
    cameras: Mapping[str, Camera] | Mapping[str, Mapping[str, Any]]


def environment(secrets: Literal["generated", "given"] = "generated", **data: Unpack[Said]) -> Draft[Environment]:
    """The settings of one environment, from the file that calls: group_data/ENV.py.

    Takes what it is given, so that all findings are reported at once when the environment is read.
    `secrets`: whether those that nobody gives are made and kept, or are a finding.
    """
    file = Path(sys._getframe(1).f_code.co_filename)
    return Draft(file, lambda: data, secrets == "generated", _judge)


def _judge(data: Mapping[str, Any]) -> tuple[Environment | None, list[Problem]]:
    try:
        settings = Environment.model_validate(data)
    except ValidationError as error:
        return None, problems(Environment, error)
    return settings, list(between_roles(settings))


def exchanged(
    draft: Draft[Environment], more: Callable[[], Mapping[str, Any]], **data: Unpack[Said]
) -> Draft[Environment]:
    """The settings of another environment, for the file that calls, with what `more` (asked when they are read) and
    `data` say; secrets are generated.
    """
    return draft.exchanged(Path(sys._getframe(1).f_code.co_filename), True, lambda: {**more(), **data})
