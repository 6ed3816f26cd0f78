"""Read from what pytest really says, in both of its forms."""

from pathlib import Path

import pytest

from tests.suites import summary
from tests.unit.suites.test_verdict import pytest_on

TESTS = """
import pytest

def helper(given):
    found = given.strip()
    assert found == "b", "a long\\nstory"

@pytest.fixture
def broken():
    raise RuntimeError("no host")

def test_one():
    helper(" a ")

def test_two(broken):
    pass

def test_three():
    assert False

def test_four(): pass
def test_five(): pass
"""


@pytest.mark.parametrize("form", ["short", "long"])
def test_first_cause_is_told_and_what_was_not_run(tmp_path: Path, form: str) -> None:
    pytest_on(tmp_path, TESTS, f"--tb={form}", "--maxfail=3")
    assert [line.splitlines() for line in summary.failures(summary.read(tmp_path))] == [
        [
            "it: test_it.py::test_one",
            '      call: test_it.py:13: helper(" a ")',
            "          AssertionError: a long",
        ],
        [
            "it: test_it.py::test_two",
            '      setup: test_it.py:10: raise RuntimeError("no host")',
            "          RuntimeError: no host",
        ],
        ["it: test_it.py::test_three", "      call: test_it.py:19: assert False", "          assert False"],
    ]
    assert summary.not_run(tmp_path) == [
        "it: 2 tests were not run:\n      test_it.py::test_four\n      test_it.py::test_five"
    ]


def test_first_failure_of_each_suite_comes_first_with_both_of_its_tries() -> None:
    rows = [
        summary.Row("pair", "a", "call", "rerun", 1, at="a.py:1: cut()", error="timed out"),
        summary.Row("pair", "a", "call", "failed", 1, at="a.py:2: deploy()", error="no route"),
        summary.Row("pair", "b", "setup", "failed", 1, at="b.py:3: deploy()", error="no route"),
        summary.Row("pair", "c", "call", "rerun", 1),
        summary.Row("pair", "c", "call", "passed", 1),
        summary.Row("spare", "d", "call", "failed", 1, at="d.py:4: x", error="y"),
    ]
    told = summary.failures(rows)
    assert [line.splitlines()[0] for line in told] == ["pair: a", "spare: d", "pair: b"]
    assert "call: a.py:1: cut()\n          timed out\n      call: a.py:2: deploy()\n          no route" in told[0]


def test_what_cannot_be_collected_is_told(tmp_path: Path) -> None:
    done = pytest_on(tmp_path, "import nothing_of_this_name")
    assert done.returncode == 2
    (told,) = summary.failures(summary.read(tmp_path))
    assert told.splitlines() == [
        "it: test_it.py",
        "      collection: test_it.py:1: import nothing_of_this_name",
        "          ModuleNotFoundError: No module named 'nothing_of_this_name'",
    ]


def test_tests_that_differ_between_processes_are_told(tmp_path: Path) -> None:
    random = "import os, pytest\n@pytest.mark.parametrize('pid', [os.getpid()])\ndef test_one(pid): pass"
    pytest_on(tmp_path, random, "-p", "xdist.plugin", "-n2")
    (told,) = summary.failures(summary.read(tmp_path))
    error = told.splitlines()[-1].strip()
    assert error.startswith("Different tests were collected between gw")
    assert error.partition(" The difference is: -")[2].startswith("test_it.py::test_one[")
