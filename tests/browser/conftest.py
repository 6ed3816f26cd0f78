"""Debian's Chromium on the pages of a deployed environment: of the lab's topology `pair`, or of `--page-url`.

`pytest tests/browser` brings the topology up; `--page-url http://HOST:8080` needs nothing but that address and, in that
environment, a publisher on the path `webcam`, and leaves out the tests that break or change the environment.
"""

import os
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.e2e.lab import Lab
from tests.patience import patient

from .bed import ANYBODY, Bed, bed
from .studio import publishing
from .viewer import Viewer

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

expect.set_options(timeout=patient(10) * 1000)
_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--page-url",
        default=os.environ.get("ENVIVO_PAGE_URL"),
        help="origin of the page, http://HOST:PORT (default: the lab's topology pair)",
    )


def page_url(config: pytest.Config) -> str:
    """ "" where the lab is meant."""
    return str(config.getoption("--page-url", None) or "").rstrip("/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    of_lab = [item for item in items if here in item.path.parents and "lab" in getattr(item, "fixturenames", ())]
    if page_url(config) and of_lab:
        config.hook.pytest_deselected(items=of_lab)
        items[:] = [item for item in items if item not in of_lab]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = (item.stash.get(_FAILED, False) and call.when != "setup") or report.failed
    return report


@pytest.fixture(scope="session")
def lab(pair: Lab) -> Lab:
    return pair


@pytest.fixture(scope="session")
def origin(request: pytest.FixtureRequest) -> str:
    if url := page_url(request.config):
        return url
    lab: Lab = request.getfixturevalue("lab")
    return f"http://{lab.hosts[lab.media]}:8080"


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for pictures of the page, and for what a failed test saw."""
    given = os.environ.get("ENVIVO_TEST_RESULTS")
    directory = Path(given) / "browser" if given else tmp_path_factory.mktemp("browser")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """launch("--flag", ...): a Chromium of its own; closed at the end if the test has not done so."""
    launched: list[Browser] = []

    def make(*extra: str) -> Browser:
        launched.append(playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *extra]))
        return launched[-1]

    yield make
    for chromium in launched:
        chromium.close()


@pytest.fixture(scope="session")
def other_browsers() -> None:
    """Debian's Firefox and WebKitGTK, with what they need."""
    subprocess.run(["./setup.sh", "browsers"], cwd=ROOT, check=True, timeout=patient(200))


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.fixture
def open_viewer(
    browser: Browser, origin: str, request: pytest.FixtureRequest, results: Path
) -> Iterator[Callable[..., Viewer]]:
    """open_viewer(locale="es-ES"): a viewer in a browser profile of its own, who has not yet opened a page."""
    viewers: list[Viewer] = []

    def make(locale: str = "en-US", chromium: Browser = browser, **profile: Any) -> Viewer:
        context = chromium.new_context(locale=locale, **{"viewport": {"width": 1280, "height": 800}, **profile})
        context.set_default_timeout(patient(20) * 1000)
        viewers.append(Viewer(context.new_page(), origin))
        return viewers[-1]

    yield make
    for number, viewer in enumerate(viewers):
        if request.node.stash.get(_FAILED, False):
            print(f"what the page showed: {viewer.keep_evidence(results, f'{request.node.name}-{number}')}")
        viewer.page.context.close()


@pytest.fixture
def viewer(open_viewer: Callable[..., Viewer]) -> Viewer:
    return open_viewer()


@pytest.fixture
def watching(viewer: Viewer) -> Viewer:
    """A viewer of the player that is live."""
    viewer.watch("player.html")
    return viewer


@pytest.fixture(scope="session")
def modules(browser: Browser, origin: str) -> Iterator[Page]:
    """A page of the origin that plays nothing: the page's modules can be imported and called in it."""
    page = browser.new_page()
    page.goto(f"{origin}/web/player.html?path=/")
    yield page
    page.close()


@pytest.fixture(scope="module")
def streams(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """For a module with STREAMS, and `origin` of its own: their paths, to which anybody may publish."""
    with bed(tmp_path_factory.mktemp("streams"), dict.fromkeys(request.module.STREAMS, ANYBODY)) as made:
        yield made


@pytest.fixture
def sent(streams: Bed, request: pytest.FixtureRequest) -> Iterator[str]:
    """The path of the one of STREAMS that a test is parametrized with, which is being published."""
    name: str = request.param
    with publishing(streams.ingest(name), request.module.STREAMS[name]):
        streams.wait_for(name)
        yield name
