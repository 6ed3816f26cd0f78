"""docs/evidence/faults.md names tests: each of them is there."""

import re

from envivo.core.paths import PROJECT as ROOT


def test_every_test_that_the_table_names_is_there() -> None:
    table = (ROOT / "docs" / "evidence" / "faults.md").read_text()
    tests = "\n".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))

    named = set(re.findall(r"`(test_\w+)`", table))
    files = set(re.findall(r"`(tests/[\w/.]+)`", table))

    assert len(named) > 30
    assert {one for one in named if f"def {one}(" not in tests} == set()
    assert {one for one in files if not (ROOT / one).exists()} == set()


def test_table_has_every_fault_once() -> None:
    numbers = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "evidence" / "faults.md").read_text(), re.MULTILINE)
    assert sorted(map(int, numbers)) == list(range(1, 40))
