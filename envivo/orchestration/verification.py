"""All checks of an environment: those of each role on each of its hosts, and whether a deploy would change anything."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from envivo.inventory import Inventory
from envivo.orchestration.hosts import media_of, settings_of
from envivo.orchestration.roles import names
from envivo.orchestration.target import Place, of_roles, places
from envivo.plan.planning import Plan, planner
from envivo.remote import remote_shells
from envivo.roles.base.checks import as_deployed
from envivo.roles.role import Evidence
from envivo.verify.engine import Check
from envivo.verify.resolver import resolve_overrides

Planned = Callable[[Inventory], AbstractContextManager[list[Check]]]
"""Checks of an inventory, to be run within the context."""


@contextmanager
def planned(read: Inventory) -> Iterator[list[Check]]:
    """The checks of a valid inventory. They must be run within this context."""
    with planner(read.place, read.group_data) as plans, _targets(read) as hosts:
        yield checks(hosts, plans.plan)


@contextmanager
def working(read: Inventory) -> Iterator[list[Check]]:
    """The same without asking whether a deploy would change anything; also of settings of an earlier deploy."""
    with _targets(read) as hosts:
        yield _of_roles(hosts, Evidence(lambda host: Plan(())))


@contextmanager
def _targets(read: Inventory) -> Iterator[list[Place]]:
    resolved: dict[str, str] = {}
    for host in read.hosts:
        resolved |= names(settings_of(read, host))
    root = settings_of(read, media_of(read)).tls.root
    with remote_shells(read.hosts) as shells, resolve_overrides(resolved, root) as authority:
        yield places(read, shells, authority)


def checks(hosts: Sequence[Place], plan: Callable[[str], Plan]) -> list[Check]:
    """Checks of all hosts, prerequisites first. `plan`: what a deploy would change on a host."""
    evidence = Evidence(plan)
    found = _of_roles(hosts, evidence)
    return found + [as_deployed(host.name, evidence) for host in hosts]


def _of_roles(hosts: Sequence[Place], evidence: Evidence) -> list[Check]:
    return of_roles(hosts, lambda role, target: role.checks(target, evidence))
