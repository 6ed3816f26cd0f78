"""What a deploy would change, as findings that a person reads: pure functions."""

from collections.abc import Iterator

from envivo.operations.reasons import Difference, words
from envivo.plan.planning import Plan
from envivo.verify.engine import Statement
from envivo.verify.findings import Finding


def drift(host: str, plan: Plan) -> Iterator[Finding | Statement]:
    """One for each operation that would change something that no other one names, or would refuse the host."""
    changes = plan.changes
    differing = {one.subject for change in changes for one in change.differences}
    named: set[str] = set()
    for change in changes:
        for refusal in change.refusals:
            what = ": ".join(part for part in (refusal.place, refusal.message) if part)
            yield Finding(host, "deploy-refused", f"a deploy would be refused, {what}", refusal.fix)
        left = [one for one in change.differences if one.subject not in named and not _follows(one, differing)]
        named |= {one.subject for one in left}
        if left:
            subjects = tuple(dict.fromkeys(one.subject for one in left))
            yield Finding(host, "drift", words(left), "deploy again", subjects)
        elif not (change.differences or change.refusals):
            yield Finding(host, "drift", f'a deploy would do something in "{change.operation}"', "deploy again")
    if plan.strays:
        rest = f" and {len(plan.strays) - 3} more" if len(plan.strays) > 3 else ""
        yield Statement(f"leaves alone what it did not bring: {', '.join(plan.strays[:3])}{rest}")


def _follows(one: Difference, differing: set[str]) -> bool:
    return any(cause == subject or subject.startswith(f"{cause}/") for cause in one.follows for subject in differing)
