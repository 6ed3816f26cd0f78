"""Input of deploy.py on a host: pyinfra's host and inventory as plain, validated values."""

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from pyinfra import state
from pyinfra.api import Host
from pyinfra.facts.server import Arch

from envivo.artifacts import ARCHITECTURES, ensure
from envivo.core.errors import EnvivoError
from envivo.inventory import Inventory, of
from envivo.operations.connection import connection_of
from envivo.operations.contents import SETTINGS
from envivo.orchestration import deployed_hosts, ending, placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.hosts import endpoints_of, settings_of
from envivo.orchestration.roles import roles_of
from envivo.roles.role import Context, Needs
from envivo.state.desired import Removable


@dataclass(frozen=True)
class Deployment:
    settings: Environment
    context: Context
    needs: Needs
    to_remove: Sequence[Removable]
    servers: Sequence[str]
    """Hosts whose failure stops the deploy to this one: a camera's media host."""


def deployment(host: Host) -> Deployment:
    """What to deploy to the host, with its artifacts fetched into the cache. Raises EnvivoError before any host is
    changed."""
    connection = connection_of(host)
    found = _read(host.state.inventory, host.data.settings.env)
    settings = settings_of(found, found.host(host.name))
    artifacts = ensure(_architecture(host)) if "media" in host.groups else None
    context = placement.context(settings, host.name, found.groups, endpoints_of(found), artifacts)
    wanted = roles_of(settings, context.groups)
    if file := state.current_exec_filename:
        ensure_imported(Path(file), {role.name for role, _ in wanted})
    SETTINGS[host.name] = settings
    connection.once_held.append(partial(deployed_hosts.remember, found.env, found.host(host.name)))
    ending.follow(host, connection, settings, context)
    return Deployment(
        settings=settings,
        context=context,
        needs=placement.needs(context, wanted),
        to_remove=placement.to_remove(settings, context),
        servers=found.groups["media"] if "cameras" in host.groups else [],
    )


def ensure_imported(file: Path, roles: Collection[str]) -> None:
    """Raise EnvivoError for a deploy.py without the tasks of each role: a copy older than the toolkit."""
    imported = {node.module for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.ImportFrom)}
    missing = sorted(name for name in roles if f"envivo.roles.{name}.tasks" not in imported)
    if missing:
        fix = "copy the missing parts from the deploy.py of a new project: envivo init NEW --kind lan"
        raise EnvivoError(file.name, f"does not import the tasks of {' and '.join(missing)}", fix)


@cache
def _read(made: Any, env: str) -> Inventory:
    """pyinfra's inventory, once for all hosts."""
    return of(env, made, f"inventories/{env}.py")


def _architecture(host: Host) -> str:
    machine = host.get_fact(Arch)
    try:
        return ARCHITECTURES[machine]
    except KeyError:
        known = " or ".join(ARCHITECTURES)
        raise EnvivoError(host.name, f"the architecture is {machine}", f"a media host must be {known}") from None
