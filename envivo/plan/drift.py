"""What a deploy would change, as findings: pure functions."""

from collections.abc import Iterator

from envivo.operations.reasons import Difference, words
from envivo.plan.planning import Change, Plan
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding

DRIFT = "drift"
"""Code of a finding: a deploy would change something."""


def drift(host: str, plan: Plan) -> Iterator[Finding | Observation]:
    """A finding for each operation that would fail the host, or change something that no earlier one names."""
    changes = plan.changes
    differing = {difference.subject for change in changes for difference in change.differences}
    named: set[str] = set()
    for change in changes:
        yield from refusals(host, change)
        left = [
            difference
            for difference in change.differences
            if difference.subject not in named and not _follows(difference, differing)
        ]
        named |= {difference.subject for difference in left}
        if left:
            subjects = tuple(dict.fromkeys(difference.subject for difference in left))
            yield Finding(host, DRIFT, words(left), "deploy again", subjects)
        elif not (change.differences or change.refusals):
            yield Finding(host, DRIFT, f'a deploy would change something in "{change.operation}"', "deploy again")
    if plan.strays:
        rest = f" and {len(plan.strays) - 3} more" if len(plan.strays) > 3 else ""
        yield Observation(f"a deploy leaves these other files alone: {', '.join(plan.strays[:3])}{rest}")


def refusals(host: str, change: Change) -> Iterator[Finding]:
    """Why the operation would fail the host."""
    for refusal in change.refusals:
        what = ": ".join(part for part in (refusal.place, refusal.message) if part)
        yield Finding(host, "deploy-refused", f"a deploy would be refused: {what}", refusal.fix)


def _follows(difference: Difference, differing: set[str]) -> bool:
    return any(
        cause == subject or subject.startswith(f"{cause}/") for cause in difference.follows for subject in differing
    )
