"""Verification of a deploy against what was seen before it."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from envivo.inventory import Inventory
from envivo.orchestration.deploying import decision
from envivo.orchestration.deploying.decision import Baseline
from envivo.orchestration.deploying.hosts import Hosts, Results
from envivo.orchestration.verification import planned
from envivo.verify.engine import Check, Result
from envivo.verify.findings import Finding


def verify(hosts: Hosts, seen: Baseline | None) -> tuple[Results, list[Finding]]:
    """The results, and findings about what worked before. What seems broken is looked at once more, alone: viewers wait
    for it, and a machine that was just changed may be busy for a moment."""
    read, progress = hosts.read, hosts.progress
    if seen is None:
        return progress.check(read, planned, "verifying"), []

    def broken(results: Iterable[Result]) -> list[Finding]:
        return decision.broken(seen, results)

    results = progress.check(read, planned, "verifying", lambda result: bool(broken([result])))
    suspected = {_name(check) for check, result in results.items() if broken([result])}
    if not suspected:
        return results, []
    again = progress.check(read, partial(_only, suspected), "looking again at")
    if breaks := broken(again.values()):
        return again, breaks
    results = progress.check(read, planned, "verifying")
    return results, broken(results.values())


def _name(check: Check) -> tuple[str, str, str]:
    return check.host, check.path, check.claim


@contextmanager
def _only(names: Collection[tuple[str, str, str]], read: Inventory) -> Iterator[list[Check]]:
    with planned(read) as checks:
        yield [check for check in checks if _name(check) in names]
