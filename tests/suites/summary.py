"""What a run says at its end: a table by suite, the tests that were run again, the slowest, and the verdict."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_RERUNS = 3
"""Of a run: more tests that succeed only the second time are a fault of the product or of the tests."""
NOT_RUN = ".not-run.txt"
"""End of the name of a suite's file with the tests that it did not come to."""
_NAMED = 5
"""Tests that were not run, of a suite; the file has all."""


@dataclass(frozen=True)
class Row:
    """A test, or what was set up or torn down for it."""

    suite: str
    test: str
    when: str
    outcome: str
    seconds: float
    why: str = ""
    """The end of what pytest says of a failure."""
    at: str = ""
    """The line of the test that failed."""
    error: str = ""


@dataclass(frozen=True)
class Counted:
    """A suite's tests by outcome."""

    passed: int
    failed: int
    skipped: int
    rerun: int


def read(folder: Path) -> list[Row]:
    return [Row(file.stem, **json.loads(line)) for file in sorted(folder.glob("*.jsonl")) for line in file.open()]


def counted(rows: Iterable[Row]) -> Counted:
    """Tests, not reports: one that fails while it is torn down as well has failed once."""
    outcomes: dict[str, set[str]] = {}
    reruns = 0
    for row in rows:
        outcomes.setdefault(row.test, set())
        if row.outcome == "rerun":
            reruns += 1
        elif row.when == "call" or row.outcome != "passed":
            outcomes[row.test].add(row.outcome)
    failed = sum("failed" in seen for seen in outcomes.values())
    skipped = sum("skipped" in seen and "failed" not in seen for seen in outcomes.values())
    passed = sum(seen == {"passed"} for seen in outcomes.values())
    return Counted(passed, failed, skipped, reruns)


def reruns(rows: Iterable[Row]) -> list[str]:
    """A test as often as it was run again, with what went wrong before."""
    return [
        f"{row.suite}: {row.test}" + "".join(f"\n      {line}" for line in row.why.splitlines()[-6:])
        for row in rows
        if row.outcome == "rerun"
    ]


def failures(rows: Iterable[Row]) -> list[str]:
    """Failed tests, first the first one of each suite: others may only follow from it. Of each try where and why."""
    tries: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.outcome in ("rerun", "failed"):
            tries[row.suite, row.test].append(row)
    failed = [key for key, of in tries.items() if any(row.outcome == "failed" for row in of)]
    first = {suite: (suite, test) for suite, test in reversed(failed)}

    def tried(row: Row) -> str:
        return f"\n      {row.when}: {row.at}\n          {row.error}"

    ordered = dict.fromkeys((*(key for key in failed if key in first.values()), *failed))
    return [f"{suite}: {test}{''.join(map(tried, tries[suite, test]))}" for suite, test in ordered]


def not_run(folder: Path) -> list[str]:
    """Suites that ended early, with the first of the tests that they did not come to."""
    lines = []
    for file in sorted(folder.glob(f"*{NOT_RUN}")):
        tests = file.read_text().splitlines()
        more = [f"... and {len(tests) - _NAMED} more: {file.name}"] if len(tests) > _NAMED else []
        named = "".join(f"\n      {test}" for test in (*tests[:_NAMED], *more))
        lines.append(f"{file.name.removesuffix(NOT_RUN)}: {len(tests)} tests were not run:{named}")
    return lines


def slowest(rows: Iterable[Row], how_many: int) -> list[tuple[float, str]]:
    """Seconds and test, its fixtures included."""
    seconds: dict[str, float] = defaultdict(float)
    for row in rows:
        seconds[row.test] += row.seconds
    return sorted(((took, test) for test, took in seconds.items()), reverse=True)[:how_many]


def table(rows: Sequence[Row], took: dict[str, float]) -> list[str]:
    """`took`: seconds of each process, in the order of its end; lines for people."""
    lines = [f"{'suite':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'again':>6} {'minutes':>8}"]
    for suite, seconds in took.items():
        c = counted(row for row in rows if row.suite == suite)
        clock = f"{int(seconds // 60)}:{int(seconds % 60):02d}"
        lines.append(f"{suite:<10} {c.passed:>7} {c.failed:>7} {c.skipped:>8} {c.rerun:>6} {clock:>8}")
    return lines
