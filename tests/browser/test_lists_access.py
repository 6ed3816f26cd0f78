"""The lists for everybody: axe in each of their states and colour schemes."""

import re
from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from . import axe
from .viewer import PATH, Viewer

WITHIN_MS = 20_000


def paths(viewer: Viewer) -> None:
    viewer.open("index.html")
    expect(viewer.page.get_by_role("img")).to_be_visible(timeout=WITHIN_MS)


def locked_paths(viewer: Viewer) -> None:
    viewer.page.route(re.compile(r"/api/paths/"), lambda route: route.fulfill(status=401))
    viewer.open("index.html")
    expect(viewer.page.get_by_label("Password", exact=True)).to_be_visible()


def recordings(viewer: Viewer) -> None:
    viewer.open("recordings.html")
    viewer.page.locator(".play-it").last.click()
    expect(viewer.page.locator("li.pictured").last).to_be_visible(timeout=WITHIN_MS)


def locked_recordings(viewer: Viewer) -> None:
    viewer.page.route(re.compile(rf"/recordings/{PATH}/"), lambda route: route.fulfill(status=401))
    viewer.open("recordings.html")
    expect(viewer.page.get_by_label("Password", exact=True)).to_be_visible()


def no_recordings(viewer: Viewer) -> None:
    viewer.open("recordings.html?path=envivo-browser-test/nobody")
    expect(viewer.status).to_contain_text("no recordings")


@pytest.fixture(scope="session")
def library() -> str:
    return axe.library()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", [paths, locked_paths, recordings, locked_recordings, no_recordings])
def test_lists_keep_the_rules_of_accessibility(
    browser: Browser,
    origin: str,
    library: str,
    state: Callable[[Viewer], None],
    scheme: Literal["light", "dark"],
) -> None:
    context = browser.new_context(color_scheme=scheme, locale="en-US")
    try:
        viewer = Viewer(context.new_page(), origin)
        state(viewer)
        assert axe.findings(viewer.page, library) == []
    finally:
        context.close()
