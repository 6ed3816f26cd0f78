"""Fixtures of all tests on lab hosts. A directory has the tests that share the hosts of one topology."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.e2e.lab import SettingsOf
from tests.patience import until

SHARED = ("staging", "lab", "home", "bed", "pair", "spare")
"""Fixtures that are hosts which tests share. The first of them that a test has is what it needs."""
_LEFT = pytest.StashKey[bool]()
"""A test has failed, somewhere on its way."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.session.stash[_LEFT] = True
    return report


@pytest.fixture(autouse=True)
def as_deployed(request: pytest.FixtureRequest) -> None:
    """After a failure the hosts are deployed to: what it has left there would fail its second run, and other tests."""
    shared = next((name for name in SHARED if name in request.fixturenames), "")
    if not shared or not request.session.stash.get(_LEFT, False):
        return
    hosts = request.getfixturevalue(shared)
    if hasattr(hosts, "deploy"):  # those of tests/e2e/lab_hosts are bare
        # a container that was frozen is unhealthy until it is probed again
        if not until(bool, lambda: _succeeds(hosts.deploy), 30, 1):
            hosts.deploy()
        request.session.stash[_LEFT] = False


def _succeeds(deploy: Callable[[], object]) -> bool:
    try:
        deploy()
    except AssertionError:
        return False
    return True


@pytest.fixture
def settings_of(tmp_path: Path) -> SettingsOf:
    return SettingsOf(tmp_path)
