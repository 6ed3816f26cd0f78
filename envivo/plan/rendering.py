"""A plan for people: the verdict, then by host what would change, whom that interrupts, and what is left alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from envivo.operations.reasons import Difference
from envivo.plan.costs import together
from envivo.plan.origin import WORDS
from envivo.plan.planning import Replaced
from envivo.plan.proposal import BRINGS, CHANGES, REMOVES, Proposal, action
from envivo.plan.summary import summed
from envivo.verify.findings import naming

LONGEST_DIFF = 60
"""Lines; with `full` all of them."""
_SIGNS = {BRINGS: "+", CHANGES: "~", REMOVES: "-"}
_STYLES = {BRINGS: "green", CHANGES: "yellow", REMOVES: "red"}
_OF_DIFF = {"+": "green", "-": "red", "@": "cyan"}


class Line(NamedTuple):
    text: str
    style: str = ""


def rendered(env: str, proposals: Sequence[Proposal], full: bool = False) -> Iterator[Line]:
    """`proposals`: in the order of the inventory. `full`: with all that a first deploy brings, and whole diffs."""
    yield Line(verdict(env, proposals), "bold")
    for proposal in proposals:
        if proposal.changes or proposal.unknown or proposal.left_alone or proposal.plan.stopped:
            yield Line("")
            yield from _host(env, proposal, full)
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


def _host(env: str, proposal: Proposal, full: bool) -> Iterator[Line]:
    diffs = {file.path: file for file in proposal.plan.files}
    new, changes = ("", proposal.changes) if full or proposal.plan.release else summed(proposal.changes)
    release = proposal.plan.release or ("no release yet" if new else "")
    name = f"{proposal.host} ({release})" if release else proposal.host
    yield Line(name if proposal.changes else f"{name}: nothing to do", "bold")
    if new:
        yield Line(f"  {_SIGNS[BRINGS]} {new}: to list them, envivo plan {env} --full", _STYLES[BRINGS])
    for change in changes:
        yield Line(f"  {change.operation}")
        for difference, where in change.listed:
            yield _difference(difference, WORDS[where])
            if file := diffs.pop(difference.subject, None):
                yield from _diff(file, full)
    for cost in proposal.costs:
        yield Line(f"  interrupts {cost.words} ({cost.why})", "yellow")
    for stopped in proposal.plan.stopped:
        yield Line(f"  {naming(env, stopped)}", "yellow")
    for left in proposal.left_alone:
        yield Line(f"  left alone, since no deploy has brought it: {left}")


def _difference(difference: Difference, where: str) -> Line:
    what = action(difference)
    return Line(f"    {_SIGNS[what]} {difference}{where and f' ({where})'}", _STYLES[what])


def _diff(file: Replaced, full: bool) -> Iterator[Line]:
    longest = len(file.diff) if full else LONGEST_DIFF
    for line in file.diff[:longest]:
        yield Line(f"        {line}", _OF_DIFF.get(line[:1], "") if not line.startswith(("---", "+++")) else "")
    if rest := file.diff[longest:]:
        yield Line(f"        and {len(rest)} more lines: --full shows all")
