"""The plans of all hosts of an environment, with what they cost by what each role knows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from envivo.core.errors import EnvivoError
from envivo.inventory import Inventory
from envivo.orchestration.roles import roles
from envivo.plan.costs import together
from envivo.plan.planning import Plan, Planner, planner
from envivo.plan.proposal import Proposal
from envivo.verify.findings import Finding


def proposals(read: Inventory, tell: Callable[[Proposal], None] = lambda proposal: None) -> list[Proposal]:
    """In the order of the inventory; `tell` is called with each as it comes. Hosts are looked at at once."""
    names = [host.name for host in read.hosts]
    # the planner ends first: on Ctrl-C, what waits for it would keep the pool for a minute
    with ThreadPoolExecutor(len(names)) as pool, planner(read) as plans:
        asked = {pool.submit(_proposal, plans, name): name for name in names}
        found = {}
        for future in as_completed(asked):
            found[asked[future]] = future.result()
            tell(found[asked[future]])
    return [found[name] for name in names]


def _proposal(plans: Planner, host: str) -> Proposal:
    try:
        plan = plans.plan(host)
    except EnvivoError as error:
        return Proposal(host, Plan(()), unknown=Finding(host, "not-verifiable", error.what, error.fix))
    costs = together(cost for role in roles() for cost in role.costs(plan))
    return Proposal(host, plan, tuple(costs))
