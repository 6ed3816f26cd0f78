"""The roles that there are, found by their folders; and which of them a host has."""

from collections.abc import Sequence
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import envivo.roles
from envivo.orchestration.environment import Environment
from envivo.roles.role import Role

Own = tuple[Role[Any], Any]
"""A role, and its own part of the settings."""


@cache
def roles() -> tuple[Role[Any], ...]:
    """Each after those whose checks its own rest on. Raises graphlib.CycleError where that goes round in a circle."""
    folders = sorted(module.name for module in iter_modules(envivo.roles.__path__) if module.ispkg)
    found = {name: import_module(f"{envivo.roles.__name__}.{name}.role").ROLE for name in folders}
    order = TopologicalSorter({name: role.after for name, role in found.items()}).static_order()
    return tuple(found[name] for name in order)


def own(role: Role[Any], settings: Environment) -> Any:
    return getattr(settings, role.settings) if role.settings else None


def roles_of(settings: Environment, groups: Sequence[str]) -> list[Own]:
    """The roles of a host that is in these groups, those that the settings leave out excepted."""
    parts = [(role, own(role, settings)) for role in roles() if role.runs_on(groups)]
    return [(role, part) for role, part in parts if part is not None or not role.settings]
