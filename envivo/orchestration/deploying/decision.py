"""Whether a deploy has broken what worked, and which hosts go back to what they had. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from envivo.plan.drift import DRIFT
from envivo.verify.engine import Result
from envivo.verify.findings import VERIFIER_BUSY, Finding

_BREAKS_NOTHING = frozenset({DRIFT, VERIFIER_BUSY})
"""That a deploy would change something; that this computer, which no deploy changes, was too busy to watch."""


class Subject(NamedTuple):
    """What a check is about."""

    host: str
    path: str


class Baseline(NamedTuple):
    """What was seen before the deploy, of settings that were in force then."""

    known: Collection[Subject]
    """What was looked at; nothing else can be broken."""
    failing: Collection[tuple[Subject, str]]
    """With the codes of findings."""
    untried: Collection[Subject]
    """Subjects of which at least one check was skipped, so that a failure now proves nothing."""


def baseline(results: Iterable[Result]) -> Baseline:
    listed = list(results)
    return Baseline(
        {_subject(result) for result in listed},
        {(_subject(result), finding.code) for result in listed for finding in result.findings},
        {_subject(result) for result in listed if result.blocked_by},
    )


def broken(before: Baseline, results: Iterable[Result]) -> list[Finding]:
    """Findings about what worked before."""
    return [
        finding
        for result in results
        if (subject := _subject(result)) in before.known and subject not in before.untried
        for finding in result.findings
        if finding.code not in _BREAKS_NOTHING and (subject, finding.code) not in before.failing
    ]


def to_put_back(
    failed: Collection[str], servers: Collection[str], released: Mapping[str, int], breaks: bool
) -> dict[str, int]:
    """Hosts that go back to the release that they had. `released`: host -> that release.

    A client that failed goes back alone; where a server failed, or what worked is broken, all do: half of a change must
    not stand.
    """
    everywhere = breaks or any(name in servers for name in failed)
    return {name: number for name, number in released.items() if everywhere or name in failed}


def _subject(result: Result) -> Subject:
    return Subject(result.check.host, result.check.path)
