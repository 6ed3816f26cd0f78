"""The topology wan. Its hosts are up only while the tests of this directory run: agents cost all others CPU."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from envivo.lab import acme, wan
from envivo.roles.media.bans import DIRECTORY
from envivo.secrets import resolve, secret
from tests.browser.viewer import Viewer
from tests.e2e.far_viewer import far_browser, far_viewer
from tests.e2e.lab import Lab, fresh


@pytest.fixture(scope="package")
def internet() -> Iterator[Lab]:
    """The topology wan, bare."""
    for up in fresh("wan"):
        yield Lab(up.topology, up.hosts, up.ssh_key, env="staging")


@pytest.fixture(scope="package")
def staging(internet: Lab) -> Lab:
    """Deployed to."""
    internet.deploy()
    return internet


@pytest.fixture(scope="module")
def browser(staging: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Behind the office's router."""
    with far_browser(tmp_path_factory.mktemp("browser"), "wan-viewer", acme.ROOT) as browser:
        yield browser


@pytest.fixture
def viewer(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Viewer]:
    login = {"user": "viewer", "password": resolve("staging", secret("view-webcam"), generate=True)}
    failed_before = request.session.testsfailed
    try:
        with far_viewer(browser, login) as viewer:
            yield viewer
            if request.session.testsfailed > failed_before:
                results = Path(os.environ.get("ENVIVO_TEST_RESULTS") or tmp_path) / "browser"
                results.mkdir(parents=True, exist_ok=True)
                viewer.page.screenshot(path=results / f"wan-{request.node.name}.png")
                print(f"history: {viewer.history}")
    finally:
        wan.viewers_may("open")


@pytest.fixture
def forgiven(staging: Lab) -> Iterator[None]:
    """Nobody is kept out, neither before nor afterwards."""
    unban = f"fail2ban-client -c {DIRECTORY} unban --all"
    staging.run(staging.media, unban)
    yield
    staging.run(staging.media, unban)
