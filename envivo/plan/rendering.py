"""A plan for people: the verdict, then by host what would change, whom that interrupts, and what is left alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from envivo.operations.reasons import Difference
from envivo.plan.costs import together
from envivo.plan.origin import WORDS
from envivo.plan.planning import Replaced
from envivo.plan.proposal import BRINGS, CHANGES, REMOVES, Proposal, action
from envivo.verify.findings import naming

LONGEST_DIFF = 60
"""Lines; --json has them all."""
_SIGNS = {BRINGS: "+", CHANGES: "~", REMOVES: "-"}
_STYLES = {BRINGS: "green", CHANGES: "yellow", REMOVES: "red"}
_OF_DIFF = {"+": "green", "-": "red", "@": "cyan"}


class Line(NamedTuple):
    text: str
    style: str = ""


def rendered(env: str, proposals: Sequence[Proposal]) -> Iterator[Line]:
    """`proposals`: in the order of the inventory."""
    yield Line(verdict(env, proposals), "bold")
    for proposal in proposals:
        if proposal.changes or proposal.unknown or proposal.left_alone or proposal.plan.stopped:
            yield Line("")
            yield from _host(env, proposal)
    findings = [finding for proposal in proposals for finding in proposal.findings]
    if findings:
        yield Line("")
        yield from (Line(str(finding.of(env)), "red") for finding in findings)


def verdict(env: str, proposals: Sequence[Proposal]) -> str:
    number = sum(bool(proposal.changes) for proposal in proposals)
    unknown = [proposal.host for proposal in proposals if proposal.unknown]
    rest = f"; {', '.join(unknown)} could not be checked" if unknown else ""
    refused = [proposal.host for proposal in proposals if proposal.findings and not proposal.unknown]
    if refused:
        return f"{env}: a deploy would be refused on {', '.join(refused)}{rest}"
    if not number:
        return f"{env}: a deploy would change nothing{rest}"
    costs = together(cost for proposal in proposals for cost in proposal.costs)
    whom = "; ".join(cost.words for cost in costs) or "nobody"
    hosts = "host" if len(proposals) == 1 else "hosts"
    return f"{env}: a deploy would change {number} of {len(proposals)} {hosts}{rest}; it interrupts {whom}"


def _host(env: str, proposal: Proposal) -> Iterator[Line]:
    diffs = {file.path: file for file in proposal.plan.files}
    name = f"{proposal.host} ({proposal.plan.release})" if proposal.plan.release else proposal.host
    yield Line(name if proposal.changes else f"{name}: nothing to do", "bold")
    for change in proposal.changes:
        yield Line(f"  {change.operation}")
        for difference, where in change.listed:
            yield _difference(difference, WORDS[where])
            if file := diffs.pop(difference.subject, None):
                yield from _diff(file)
    for cost in proposal.costs:
        yield Line(f"  interrupts {cost.words} ({cost.why})", "yellow")
    for stopped in proposal.plan.stopped:
        yield Line(f"  {naming(env, stopped)}", "yellow")
    for left in proposal.left_alone:
        yield Line(f"  left alone, not envivo's: {left}")


def _difference(difference: Difference, where: str) -> Line:
    what = action(difference)
    return Line(f"    {_SIGNS[what]} {difference}{where and f' ({where})'}", _STYLES[what])


def _diff(file: Replaced) -> Iterator[Line]:
    for line in file.diff[:LONGEST_DIFF]:
        yield Line(f"        {line}", _OF_DIFF.get(line[:1], "") if not line.startswith(("---", "+++")) else "")
    if rest := file.diff[LONGEST_DIFF:]:
        yield Line(f"        and {len(rest)} more lines: --json shows all")
