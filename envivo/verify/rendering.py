"""The report of a verification for people: the verdict, then what was checked by host and path, then what failed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from envivo.verify.engine import Check, Result
from envivo.verify.findings import Finding

SLOW_S = 1.0
"""Seconds from which on a line says how long its check took."""


class ReportLine(NamedTuple):
    text: str
    outcome: str = ""
    """ok, failed, not tried: what stands at its beginning; empty: a line without one."""

    def __str__(self) -> str:
        return f"  {self.outcome:9}  {self.text}" if self.outcome else self.text


def verdict(env: str, results: Sequence[Result], findings: Sequence[Finding], seconds: float) -> str:
    outcomes = Counter(result.outcome for result in results)
    number, failed, untried = outcomes.total(), outcomes["failed"], outcomes["not tried"]
    if not findings and not failed:
        return f"{env}: all {number} checks hold{_warned(results)} ({seconds:.1f} s)"
    verb = "fails" if failed == 1 else "fail"
    skipped = f", {untried} skipped" if untried else ""
    return f"{env}: {failed} of {number} checks {verb}{skipped}{_warned(results)} ({seconds:.1f} s)"


def _warned(results: Sequence[Result]) -> str:
    number = sum(len(result.warnings) for result in results)
    return f", {number} {'warning' if number == 1 else 'warnings'}" if number else ""


def rendered(
    env: str, results: Mapping[Check, Result], findings: Sequence[Finding], seconds: float
) -> Iterator[ReportLine]:
    """`results` in the order of the hosts of the inventory; that of their ends does not matter."""
    yield ReportLine(verdict(env, list(results.values()), findings, seconds))
    for place, of_place in groupby(_ordered(results.values()), _place):
        yield ReportLine("")
        yield ReportLine(place)
        yield from _rows(list(of_place))
    hosts = [check.host for check in results]
    warnings = [f"{result.check.host}: {warning}" for result in results.values() for warning in result.warnings]
    if warnings:
        yield ReportLine("")
        yield from (ReportLine(f"warning: {warning}") for warning in warnings)
    if findings:
        yield ReportLine("")
        yield from (
            ReportLine(str(finding.of(env)))
            for finding in sorted(findings, key=lambda finding: hosts.index(finding.host))
        )


def waiting_for(planned: Sequence[Check], done: Iterable[Check]) -> list[Check]:
    """Checks that run, or could."""
    ended = set(done)
    return [check for check in planned if check not in ended and ended.issuperset(check.needs)]


def _ordered(results: Iterable[Result]) -> list[Result]:
    """By host, its own checks first, then those of each path."""
    listed = list(results)
    hosts = list(dict.fromkeys(result.check.host for result in listed))
    paths = ["", *dict.fromkeys(result.check.path for result in listed if result.check.path)]
    return sorted(listed, key=lambda result: (hosts.index(result.check.host), paths.index(result.check.path)))


def _place(result: Result) -> str:
    check = result.check
    return f"{check.host}, path {check.path}" if check.path else check.host


def _rows(results: Sequence[Result]) -> Iterator[ReportLine]:
    for result in results:
        if not result.blocked_by:
            claim = result.check.claim.removeprefix(f"{result.check.path}: ")
            facts = [item for item in result.observations if item not in result.warnings]
            seen = f" ({'; '.join(facts)})" if facts else ""
            took = f" {result.seconds:.1f} s" if result.seconds >= SLOW_S else ""
            yield ReportLine(f"{claim}{seen}{took}", result.outcome)
    for cause, number in Counter(result.blocked_by for result in results if result.blocked_by).items():
        yield ReportLine(f"{number} {'check' if number == 1 else 'checks'} after: {cause}", "not tried")
