"""A pytest of its own in a folder of its own, with the conftest of all tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

from envivo.core.paths import PROJECT as ROOT

CONFTEST = """
from tests.conftest import pytest_addoption, pytest_collection_modifyitems, pytest_configure
"""
TESTS = """
import pytest

def test_plain(): pass
@pytest.mark.proof
def test_proof(): pass
"""
SKIPPED = """
import pytest

def test_plain(): pass
def test_skipped(): pytest.skip("no such device")
@pytest.mark.skip(reason="never")
def test_marked(): pass
"""


def pytest_on(tmp_path: Path, tests: str, *options: str, conftest: str = CONFTEST) -> subprocess.CompletedProcess[str]:
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = proof\n")
    (tmp_path / "test_it.py").write_text(tests)
    ours = {"PYTHONPATH": str(ROOT), "ENVIVO_TEST_RESULTS": str(tmp_path), "ENVIVO_SUITE": "it"}
    environment = {**os.environ, **ours, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # half of what it costs
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", tmp_path, *options],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_skip_that_is_not_on_the_list_fails_the_run(tmp_path: Path) -> None:
    done = pytest_on(tmp_path, SKIPPED)
    assert done.returncode == 1
    assert "test_it.py::test_skipped: is skipped: make it run, or give a reason in allowed_skips.toml" in done.stdout
    assert "test_it.py::test_marked: is skipped" in done.stdout
    outcomes = [json.loads(line)["outcome"] for line in (tmp_path / "it.jsonl").read_text().splitlines()]
    assert sorted(outcomes) == ["passed", "skipped", "skipped"]


def test_proofs_are_run_as_asked_for(tmp_path: Path) -> None:
    for wanted, ran in (("all", "2 passed"), ("none", "1 passed, 1 deselected"), ("test_it.py,x", "2 passed")):
        done = pytest_on(tmp_path, TESTS, f"--proofs={wanted}")
        assert done.returncode == 0 and ran in done.stdout, done.stdout


def test_the_list_of_skips_names_tests_and_reasons() -> None:
    from tests.suites.verdict import allowed_skips

    for test, reason in allowed_skips().items():
        assert (ROOT / test.partition("::")[0]).exists() and len(reason) > 10
