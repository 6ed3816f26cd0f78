"""Settings of each host: the environment's, with those that hosts have as data of their own in the inventory."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from envivo.config.lazy import LazySettings, merged
from envivo.config.per_host import HostSettings, host_settings
from envivo.core.errors import SettingsError
from envivo.core.names import nearest
from envivo.core.paths import PROJECT
from envivo.core.problems import Problem
from envivo.core.quoting import shown, shown_key
from envivo.inventory import Host, Inventory
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.state.endpoints import Endpoints


def settings_of(inventory: Inventory, host: Host) -> Environment:
    """Settings of a host, validated once. Raises SettingsError where they are missing or wrong.

    A server's own values hold for all hosts, which have to know its address; `base` is each host's alone.
    """
    lazy = host.data.get("settings")
    if not isinstance(lazy, LazySettings):
        raise SettingsError([_without_settings(inventory.env, host.data)])
    servers = [inventory.host(name) for name in placement.servers(inventory.groups)]
    given = {server.name: host_settings(Environment, server.own, server.groups) for server in servers}
    given[host.name] = _given(host)
    more: dict[str, Any] = {}
    for found in given.values():
        more = merged(more, found.values)
    try:
        settings: Environment = lazy.overlaid(more).read()
    except SettingsError as error:
        raise SettingsError([_placed(problem, given, inventory.place) for problem in error.problems]) from None
    return settings


def media_of(inventory: Inventory) -> Host:
    return inventory.host(placement.only(inventory.groups, "media"))


def endpoints_of(inventory: Inventory) -> Endpoints:
    media = media_of(inventory)
    return placement.endpoints(settings_of(inventory, media), media.name, media.address)


def unfit_data(inventory: Inventory) -> Iterator[Problem]:
    """Settings among the data of hosts that no host, or not this one, may have of its own."""
    for host in inventory.hosts:
        for problem in _given(host).problems:
            yield replace(problem, place=f"{shown_key(host.name)}: {problem.place}", file=inventory.place)


def _given(host: Host) -> HostSettings:
    return host_settings(Environment, host.own, ("", *host.groups))


def _placed(problem: Problem, given: Mapping[str, HostSettings], file: str) -> Problem:
    """The problem, at the host whose data have the value that is wrong."""
    name = next((name for name, found in given.items() if found.gave(problem.place)), None)
    return replace(problem, place=f"{shown_key(name)}: {problem.place}", file=file) if name else problem


def _without_settings(env: str, data: Mapping[str, Any]) -> Problem:
    file, define = f"group_data/{env}.py", "define settings = environment(...)"
    if "settings" in data:
        return Problem("settings", f"must be environment(...), is {shown(data['settings'])}", file=file)
    if other := next((name for name, value in data.items() if isinstance(value, LazySettings)), None):
        return Problem(other, "must be called settings", f"settings = environment(...) in place of {other} =", file)
    if (PROJECT / file).exists():
        return Problem("settings", "is missing", define, file)
    others = {place.stem for place in PROJECT.glob("group_data/*.py")}
    others -= {place.stem for place in PROJECT.glob("inventories/*.py")}
    near = nearest(env, others)
    return Problem("", "does not exist", f"rename group_data/{near}.py" if near else f"create it: {define}", file)
