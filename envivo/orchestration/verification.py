"""All checks of an environment: those of each role on each of its hosts, and that a deploy would change nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from envivo.inventory import Inventory
from envivo.orchestration.roles import roles
from envivo.orchestration.target import Place, places
from envivo.orchestration.validation import settings_of
from envivo.plan.planning import Plan, planner
from envivo.remote import insides
from envivo.roles.base.checks import as_deployed
from envivo.roles.role import Evidence
from envivo.verify.engine import Check
from envivo.verify.resolver import viewpoint


@contextmanager
def planned(read: Inventory) -> Iterator[list[Check]]:
    """The checks, of an inventory that is right; to be performed inside."""
    settings = settings_of(read.env, read.hosts[0])
    with (
        planner(read) as plans,
        insides(read.hosts) as ways,
        viewpoint(settings.names, settings.web.tls.root) as authority,
    ):
        yield checks(places(read, ways, authority), plans.plan)


def checks(hosts: Sequence[Place], plan: Callable[[str], Plan]) -> list[Check]:
    """What has to be true of the hosts, from the ground up. `plan`: what a deploy would change on a host."""
    evidence = Evidence(plan)
    found: list[Check] = []
    for role in roles():
        for host in hosts:
            for part in (part for other, part in host.roles if other is role):
                found += role.checks(host.target(part), evidence)
    return found + [as_deployed(host.name, evidence) for host in hosts]
