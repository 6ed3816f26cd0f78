import json
from pathlib import Path

from tests.suites import summary
from tests.suites.summary import Counted, Row


def row(test: str, outcome: str, when: str = "call", seconds: float = 1.0, suite: str = "pair") -> Row:
    return Row(suite, test, when, outcome, seconds)


def test_tests_are_counted_once_however_often_they_are_reported() -> None:
    rows = [
        row("a", "passed"),
        row("b", "rerun"), row("b", "passed"),
        row("c", "failed"), row("c", "failed", "teardown"),
        row("d", "skipped", "setup"),
        row("e", "failed", "setup"),
        row("f", "passed"), row("f", "failed", "teardown"),
        row("g", "rerun"), row("g", "failed"),
    ]  # fmt: skip
    assert summary.counted(rows) == Counted(passed=2, failed=4, skipped=1, rerun=2)
    assert summary.reruns(rows) == ["pair: b", "pair: g"]


def test_a_run_is_read_and_told_by_suite(tmp_path: Path) -> None:
    for suite, test in (("pair", "a"), ("wan", "b"), ("wan", "c")):
        line = {"test": test, "when": "call", "outcome": "passed", "seconds": 2}
        with (tmp_path / f"{suite}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
    rows = summary.read(tmp_path)
    head, *lines = summary.table(rows, {"lint": 7.5, "pair": 61.0, "wan": 125.0})
    assert [line.split() for line in lines] == [
        ["lint", "0", "0", "0", "0", "0:07"],
        ["pair", "1", "0", "0", "0", "1:01"],
        ["wan", "2", "0", "0", "0", "2:05"],
    ]
    assert head.split() == ["suite", "passed", "failed", "skipped", "again", "minutes"]
    assert summary.slowest([row("x", "passed", seconds=2), row("x", "passed", "setup", 3), row("y", "passed")], 1) == [
        (5, "x")
    ]
