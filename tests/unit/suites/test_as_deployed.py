"""Hosts after a test that failed: its second run, and the next test, find them as a deploy leaves them."""

from pathlib import Path

from tests.unit.suites.test_verdict import CONFTEST, pytest_on

HEALED = "from tests.e2e.conftest import as_deployed, pytest_runtest_makereport\n"
TESTS = """
import pytest

class Lab:
    deploys = 0

    def deploy(self):
        self.deploys += 1
        self.broken = False

@pytest.fixture(scope="module")
def lab():
    made = Lab()
    made.deploy()
    return made

def test_needs_no_host(): pass

def test_breaks_half_way(lab):
    assert not lab.broken
    lab.broken = True
    assert lab.deploys == 2

def test_goes_on(lab):
    lab.broken = True

def test_is_left_alone(lab):
    assert lab.broken and lab.deploys == 2
"""


def test_hosts_are_deployed_to_after_a_failure_and_only_then(tmp_path: Path) -> None:
    again = ("-p", "pytest_rerunfailures", "--reruns=1")
    done = pytest_on(tmp_path, TESTS, *again, conftest=CONFTEST + HEALED)
    assert done.returncode == 0, done.stdout
    assert "4 passed, 1 rerun" in done.stdout
