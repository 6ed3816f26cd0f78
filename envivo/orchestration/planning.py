"""The plans of all hosts of an environment, and what each role says they cost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing

from envivo.core.errors import EnvivoError
from envivo.inventory import Inventory
from envivo.orchestration.roles import roles
from envivo.plan.costs import together
from envivo.plan.planning import Plan, Planner, planner
from envivo.plan.proposal import Proposal
from envivo.remote import RemoteShell, remote_shells
from envivo.verify.findings import Finding


def look(read: Inventory) -> list[Proposal]:
    """Proposals, where there was no time to start the planner earlier."""
    with planner(read.place, read.group_data) as plans:
        return proposals(read, plans)


def proposals(
    read: Inventory, plans: Planner, tell: Callable[[Proposal], None] = lambda proposal: None
) -> list[Proposal]:
    """In the order of the inventory; `tell` is called with each as it comes. Hosts are looked at at once."""
    names = [host.name for host in read.hosts]
    # the planner ends first: on Ctrl-C, what waits for it would keep the pool for a minute
    with ThreadPoolExecutor(len(names)) as pool, closing(plans), remote_shells(read.hosts) as shells:
        asked = {pool.submit(_proposal, plans, shells[name], name): name for name in names}
        found = {}
        for future in as_completed(asked):
            found[asked[future]] = future.result()
            tell(found[asked[future]])
    return [found[name] for name in names]


def _proposal(plans: Planner, shell: RemoteShell, host: str) -> Proposal:
    try:
        shell.ask()  # the planner, which starts meanwhile, has no terminal
        plan = plans.plan(host, socket=shell.link.socket)
    except EnvivoError as error:
        return Proposal(host, Plan(()), unknown=Finding(host, "not-verifiable", error.what, error.fix))
    costs = together(cost for role in roles() for cost in role.costs(plan))
    return Proposal(host, plan, tuple(costs))
