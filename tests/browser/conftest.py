"""Debian's Chromium on the pages of a deployed environment: `pytest tests/browser --page-url http://HOST:8080`.

Needs nothing but the address of the page and, in that environment, a publisher on the path `webcam`.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .viewer import Viewer

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--page-url", default=os.environ.get("ENVIVO_PAGE_URL"), help="origin of the page, http://HOST:PORT"
    )
    parser.addoption(
        "--screenshots", type=Path, help="where pictures of the page are kept (default: a temporary directory)"
    )


@pytest.fixture(scope="session")
def origin(request: pytest.FixtureRequest) -> str:
    url = request.config.getoption("--page-url")
    if not url:
        raise pytest.UsageError("--page-url: is not given: http://HOST:PORT of a deployed page (or ENVIVO_PAGE_URL)")
    return str(url).rstrip("/")


@pytest.fixture(scope="session")
def screenshots(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for pictures of the page."""
    given: Path | None = request.config.getoption("--screenshots")
    directory = given or tmp_path_factory.mktemp("screenshots")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """launch("--flag", ...): a Chromium of its own; closed at the end if the test has not done so."""
    with sync_playwright() as playwright:
        launched: list[Browser] = []

        def make(*extra: str) -> Browser:
            launched.append(playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *extra]))
            return launched[-1]

        yield make
        for chromium in launched:
            chromium.close()


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.fixture
def open_viewer(
    browser: Browser, origin: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Viewer]]:
    """open_viewer(locale="es-ES"): a viewer in a browser profile of its own, who has not yet opened a page."""
    contexts: list[BrowserContext] = []
    pages: list[Page] = []

    def make(locale: str = "en-US", **profile: Any) -> Viewer:
        context = browser.new_context(locale=locale, **{"viewport": {"width": 1280, "height": 800}, **profile})
        contexts.append(context)
        pages.append(context.new_page())
        return Viewer(pages[-1], origin)

    failed_before = request.session.testsfailed
    yield make
    if request.session.testsfailed > failed_before:
        for number, page in enumerate(pages):
            shot = tmp_path / f"page{number}.png"
            page.screenshot(path=shot)
            print(f"screenshot: {shot}")
    for context in contexts:
        context.close()


@pytest.fixture
def viewer(open_viewer: Callable[..., Viewer]) -> Viewer:
    return open_viewer()


@pytest.fixture(scope="session")
def modules(browser: Browser, origin: str) -> Iterator[Page]:
    """A page of the origin that plays nothing: the page's modules can be imported and called in it."""
    page = browser.new_page()
    page.goto(f"{origin}/web/player.html?path=/")
    yield page
    page.close()
