"""Checks of hosts before a deploy: what each role needs there, and what the deploy's own preflight says."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from envivo.inventory import Inventory
from envivo.orchestration.target import Place, of_roles, places
from envivo.plan.drift import refusals
from envivo.plan.planning import Plan, planner
from envivo.remote import remote_shells
from envivo.roles.role import Evidence
from envivo.verify.engine import Check
from envivo.verify.findings import Finding


@contextmanager
def planned(read: Inventory) -> Iterator[list[Check]]:
    """The checks of a valid inventory. They must be run within this context."""
    with planner(read.place, read.group_data) as plans, remote_shells(read.hosts) as shells:
        yield checks(places(read, shells), plans.plan)


def checks(hosts: Sequence[Place], plan: Callable[[str], Plan]) -> list[Check]:
    """Of all hosts, needs first. `plan`: what a deploy would change on a host."""
    evidence = Evidence(plan)
    found = of_roles(hosts, lambda role, target: role.prerequisites(target, evidence))
    return found + [_accepted(host.name, evidence) for host in hosts]


def _accepted(host: str, evidence: Evidence) -> Check:
    def look() -> Iterator[Finding]:
        for change in evidence.plan(host).changes:
            yield from refusals(host, change)

    return Check(host, "a deploy would not be refused", look, tuple(evidence.plan_needs[host]))
