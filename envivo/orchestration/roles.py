"""The roles, found by their folders, and which of them a host has."""

from collections.abc import Iterator, Sequence
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import envivo.roles
from envivo.core.problems import Problem
from envivo.roles.role import Context, Role
from envivo.state.desired import Listener

if TYPE_CHECKING:  # whose validation asks the roles
    from envivo.orchestration.environment import Environment

ConfiguredRole = tuple[Role[Any], Any]
"""A role, and its own part of the settings."""
NOWHERE = Context("", ())
"""For what does not depend on the host."""


@cache
def roles() -> tuple[Role[Any], ...]:
    """All roles, each after those that it names in `after`. Raises graphlib.CycleError for a circle."""
    folders = sorted(module.name for module in iter_modules(envivo.roles.__path__) if module.ispkg)
    found = {name: import_module(f"{envivo.roles.__name__}.{name}.role").ROLE for name in folders}
    order = TopologicalSorter({name: role.after for name, role in found.items()}).static_order()
    return tuple(found[name] for name in order)


def own(role: Role[Any], settings: "Environment") -> Any:
    return getattr(settings, role.settings) if role.settings else None


def roles_of(settings: "Environment", groups: Sequence[str]) -> list[ConfiguredRole]:
    """Roles of a host in these groups, without those that the settings leave out."""
    parts = [(role, own(role, settings)) for role in roles() if role.runs_on(groups)]
    return [(role, part) for role, part in parts if part is not None or not role.settings]


def configured(settings: "Environment") -> list[ConfiguredRole]:
    """Roles that have settings of their own, wherever they run."""
    return [(role, part) for role in roles() if (part := own(role, settings)) is not None]


def names(settings: "Environment") -> dict[str, str]:
    """Name -> address that it must resolve to."""
    uses = (use for role, part in configured(settings) for use in role.certificates(part, NOWHERE))
    return {use.name: use.address for use in uses if use.address}


def problems_of_roles(settings: "Environment") -> Iterator[Problem]:
    """Problems that each role finds in its own settings."""
    for role, part in configured(settings):
        yield from role.problems(part)


def colliding_ports(settings: "Environment") -> Iterator[Problem]:
    """Ports that are opened twice: all roles may be on one machine."""
    listeners = [listener for role, part in configured(settings) for listener in role.listeners(part, NOWHERE)]
    seen: dict[tuple[str, int], Listener] = {}
    for listener in sorted(listeners, key=lambda listener: bool(listener.last)):
        ports = [(protocol, port) for protocol in listener.protocols for port in listener.ports]
        taken = next(((port, seen[protocol, port]) for protocol, port in ports if (protocol, port) in seen), None)
        if taken and listener.last:
            relays = f"{listener.setting} ({listener.port} to {listener.last})"
            yield Problem(taken[1].setting, f"port {taken[0]} is inside the range of {relays}")
        elif taken:
            yield Problem(listener.setting, f"port {listener.port} is already used by {taken[1].setting}")
        seen.update(dict.fromkeys(ports, listener))
