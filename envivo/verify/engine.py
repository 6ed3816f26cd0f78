"""Checks run concurrently, each as soon as its prerequisites have passed."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from envivo.core.errors import EnvivoError
from envivo.verify.findings import Finding, without_echoes

AT_ONCE = 12


class Observation(str):
    """An observation worth reporting although nothing is wrong: `Pebble CA, 89 days left`."""

    __slots__ = ()


class Warned(Observation):
    """A statement about what will go wrong, with what to do. The report has it after the checks."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Check:
    """A claim about a host and how to test it. Skipped if one of its `needs` failed: it would repeat their findings."""

    host: str
    claim: str
    find: Callable[[], Iterable[Finding | Observation]] = field(repr=False)
    """Yields what is not as claimed. May raise EnvivoError where it cannot be tested."""
    needs: tuple["Check", ...] = field(default=(), repr=False)
    path: str = ""
    """Path that it is about; empty: the host."""

    def __str__(self) -> str:
        return f"{self.host}: {self.claim}"


@dataclass(frozen=True)
class Result:
    check: Check
    findings: tuple[Finding, ...] = ()
    observations: tuple[Observation, ...] = ()
    blocked_by: Check | None = None
    """The failed prerequisite."""
    seconds: float = 0.0

    @property
    def warnings(self) -> tuple[Warned, ...]:
        return tuple(item for item in self.observations if isinstance(item, Warned))

    @property
    def outcome(self) -> str:
        if self.blocked_by:
            return "not tried"
        return "failed" if self.findings else "ok"


def with_needs(checks: Iterable[Check]) -> list[Check]:
    """The checks and all that they need, needs first."""
    found: dict[Check, None] = {}
    for check in checks:
        if check not in found:
            found |= dict.fromkeys((*with_needs(check.needs), check))
    return list(found)


def run_checks(
    checks: Sequence[Check],
    on_result: Callable[[Result], None] = lambda result: None,
    enough: Callable[[Result], bool] = lambda result: False,
) -> dict[Check, Result]:
    """Runs the checks and all that they need. Calls `on_result` with each result, in the calling thread, as checks end.

    `enough`: after which result no others are waited for; those are missing then.
    The result of a skipped check names the prerequisite that failed, not one that was skipped itself.
    """
    order = TopologicalSorter({check: check.needs for check in with_needs(checks)})
    order.prepare()
    running: set[Future[Result]] = set()
    results: dict[Check, Result] = {}
    stopped = False

    def end(result: Result) -> None:
        nonlocal stopped
        results[result.check] = result
        stopped = stopped or enough(result)
        order.done(result.check)
        on_result(result)

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        while order.is_active() and not stopped:
            for check in order.get_ready():
                if cause := _cause(check, results):
                    end(Result(check, blocked_by=cause))
                else:
                    running.add(pool.submit(_run_check, check))
            if running:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    end(future.result())
    finally:
        # after Ctrl-C, or where it was enough, something still runs
        pool.shutdown(wait=False, cancel_futures=True)
    return results


def findings(results: Iterable[Result]) -> list[Finding]:
    """All findings, each once, without those that others cover."""
    return without_echoes(list(dict.fromkeys(finding for result in results for finding in result.findings)))


def _cause(check: Check, results: dict[Check, Result]) -> Check | None:
    for need in check.needs:
        result = results[need]
        if result.findings:
            return need
        if result.blocked_by:
            return result.blocked_by
    return None


def _run_check(check: Check) -> Result:
    began = time.monotonic()
    try:
        said = tuple(check.find())
    except EnvivoError as error:
        said = (Finding(check.host, "not-verifiable", error.what, error.fix),)
    found = tuple(item for item in said if isinstance(item, Finding))
    observations = tuple(item for item in said if isinstance(item, Observation))
    return Result(check, found, observations, seconds=time.monotonic() - began)
