"""What a deploy would do to a host, and what it costs viewers: the answer of `envivo plan`. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from envivo.operations.reasons import Difference
from envivo.plan.costs import Cost
from envivo.plan.drift import refusals
from envivo.plan.planning import Change, Plan
from envivo.verify.findings import Finding

REMOVES, BRINGS, CHANGES = "remove", "add", "change"
_ABSENT = ("is missing", "is not there", "is not installed", "is not loaded")


class Proposal(NamedTuple):
    """For one host."""

    host: str
    plan: Plan
    costs: tuple[Cost, ...] = ()
    unknown: Finding | None = None
    """Why it could not be found out."""

    @property
    def findings(self) -> list[Finding]:
        """Why a deploy cannot be done."""
        refused = [finding for change in self.plan.changes for finding in refusals(self.host, change)]
        return [*([self.unknown] if self.unknown else []), *refused]

    @property
    def changes(self) -> list[Change]:
        """Operations that would change something."""
        return [change for change in self.plan.changes if change.differences or not change.refusals]

    @property
    def left_alone(self) -> list[str]:
        """What is in envivo's places without being its own."""
        return [*self.plan.strays, *self.plan.others]

    @property
    def row(self) -> dict[str, Any]:
        """For --json."""
        diffs = {file.path: list(file.diff) for file in self.plan.files}
        operations = [
            {
                "operation": change.operation,
                "differences": [
                    {
                        "subject": difference.subject,
                        "what": difference.what,
                        "action": action(difference),
                        "origin": where,
                        **({"diff": diffs[difference.subject]} if difference.subject in diffs else {}),
                    }
                    for difference, where in change.listed
                ],
            }
            for change in self.changes
        ]
        interrupts = [{"who": cost.who.value, "of": cost.of, "because": cost.why} for cost in self.costs]
        row = {"operations": operations, "interrupts": interrupts, "left_alone": self.left_alone}
        return {**row, "stopped": list(self.plan.stopped), "release": self.plan.release}


def action(difference: Difference) -> str:
    if difference.removes:
        return REMOVES
    return BRINGS if difference.what in _ABSENT else CHANGES


def exit_code(proposals: Sequence[Proposal]) -> int:
    """1: a deploy cannot be done, or planned, on a host; 3: there is something to do; 0: there is not."""
    if any(proposal.findings for proposal in proposals):
        return 1
    return 3 if any(proposal.changes for proposal in proposals) else 0
