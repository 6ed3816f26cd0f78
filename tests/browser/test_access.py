"""The pages for everybody: axe in every state and colour scheme, names, focus; pictures of each are kept."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Route, expect

from . import axe
from .answers import refusal, refusing
from .test_trouble import NOBODY, SIGNALLING
from .viewer import PATH, Viewer

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROW = {"width": 360, "height": 640}


@pytest.fixture(scope="session")
def library() -> str:
    return axe.library()


def live(viewer: Viewer) -> None:
    """With what turns the sound on and off."""
    viewer.watch("player.html")
    expect(viewer.page.locator(".audio")).to_be_visible()


def with_numbers(viewer: Viewer) -> None:
    viewer.watch("player.html?numbers=1")
    expect(viewer.page.locator(".numbers dd").first).to_be_visible()


def with_help(viewer: Viewer) -> None:
    live(viewer)
    viewer.page.keyboard.press("?")
    expect(viewer.page.get_by_role("dialog")).to_be_visible()


def paused(viewer: Viewer) -> None:
    live(viewer)
    viewer.page.keyboard.press("k")
    viewer.wait_for_state("stopped")


def offline(viewer: Viewer) -> None:
    viewer.open(f"player.html?path={NOBODY}")
    viewer.wait_for_state("offline")


def locked(viewer: Viewer) -> None:
    viewer.page.route(SIGNALLING, refusing(401))
    viewer.open("player.html")
    viewer.wait_for_state("locked")


def unreachable(viewer: Viewer) -> None:
    viewer.page.route(SIGNALLING, lambda route: route.abort("connectionrefused"))
    viewer.open("player.html")
    viewer.wait_for_reason("unreachable")


def embedded(viewer: Viewer) -> None:
    viewer.watch("player.html?embed=1")


def hls_page(viewer: Viewer) -> None:
    viewer.watch("hls.html")


def paths(viewer: Viewer) -> None:
    viewer.open("index.html")
    expect(viewer.page.get_by_role("img")).to_be_visible()


def locked_paths(viewer: Viewer) -> None:
    viewer.page.route("**/api/paths/*", refusing(401))
    viewer.open("index.html")
    expect(viewer.page.get_by_label("Password", exact=True)).to_be_visible()


def recordings(viewer: Viewer) -> None:
    viewer.open("recordings.html")
    viewer.page.locator(".play-it").last.click()
    expect(viewer.page.locator("li.pictured").last).to_be_visible()


def locked_recordings(viewer: Viewer) -> None:
    viewer.page.route(f"**/recordings/{PATH}/*", refusing(401))
    viewer.open("recordings.html")
    expect(viewer.page.get_by_label("Password", exact=True)).to_be_visible()


def no_recordings(viewer: Viewer) -> None:
    viewer.open(f"recordings.html?path={NOBODY}")
    expect(viewer.status).to_contain_text("no recordings")


OF_EACH_PAGE = [live, hls_page, paths, recordings]
OTHERS = [
    *(with_numbers, with_help, paused, offline, locked, unreachable, embedded),
    *(locked_paths, locked_recordings, no_recordings),
]


@pytest.mark.parametrize(
    "state", [*OF_EACH_PAGE, *(pytest.param(state, marks=pytest.mark.proof) for state in OTHERS)],
    ids=lambda state: state.__name__,
)  # fmt: skip
def test_axe_finds_nothing(
    open_viewer: Callable[..., Viewer], library: str, results: Path, state: Callable[[Viewer], None]
) -> None:
    viewer = open_viewer(color_scheme="light", reduced_motion="reduce")
    state(viewer)
    for scheme in SCHEMES:
        viewer.page.emulate_media(color_scheme=scheme)
        viewer.page.wait_for_function("() => !document.getAnimations().some((one) => one instanceof CSSTransition)")
        viewer.page.screenshot(path=results / f"{state.__name__}-{scheme}.png")
        assert axe.findings(viewer.page, library) == [], scheme
    assert viewer.violations == []


@pytest.mark.proof
@pytest.mark.parametrize("locale", ["en", "es"])
def test_everything_fits_on_a_phone(open_viewer: Callable[..., Viewer], results: Path, locale: str) -> None:
    for state in (live, with_numbers, with_help, paused):
        viewer = open_viewer(locale=locale, viewport=NARROW, has_touch=True, is_mobile=True)
        state(viewer)
        viewer.page.screenshot(path=results / f"{state.__name__}-phone-{locale}.png")
        assert viewer.page.evaluate("() => document.documentElement.scrollWidth") <= NARROW["width"], state.__name__
        stage = viewer.page.locator(".stage").bounding_box()
        assert stage
        for button in viewer.page.locator(".controls button:visible").all():
            box = button.bounding_box()
            assert box
            assert box["width"] >= 44
            assert box["height"] >= 44
            assert stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]
            assert stage["y"] <= box["y"] and box["y"] + box["height"] <= stage["y"] + stage["height"]


def test_tab_reaches_every_button_and_shows_where_it_is(viewer: Viewer) -> None:
    live(viewer)
    viewer.page.keyboard.press("m")
    names: list[str] = []
    for _ in range(20):
        viewer.page.keyboard.press("Tab")
        name, outline = viewer.page.evaluate(
            """() => [document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent,
                     getComputedStyle(document.activeElement).outlineStyle]"""
        )
        if viewer.page.evaluate("() => document.activeElement === document.body"):
            break
        assert outline == "solid", f"{name}: the focus is not seen"
        names.append(name)
    bar = ["Pause", "Turn sound off", "Volume", "Statistics", "Save the picture", "Picture in picture", "Keys"]
    bar += ["Full screen"]
    assert names[: len(bar)] == bar
    assert {"Automatic", "HLS test page", "Español"} <= set(names)


@pytest.mark.proof
def test_changes_are_said_once(viewer: Viewer) -> None:
    """What is in the live region when nobody publishes: one text, however often the page asks."""
    answered: list[Route] = []

    def nobody(route: Route) -> None:
        answered.append(route)
        route.fulfill(**refusal(404, "no stream is available on path 'webcam'"))

    viewer.page.route(SIGNALLING, nobody)
    viewer.open("player.html")
    viewer.wait_for_state("offline")
    expect(viewer.page.get_by_role("status")).to_have_text(re.compile("."))  # built with the page's words
    viewer.page.evaluate(
        """() => {
          window.said = 0;
          const count = new MutationObserver(changes => (window.said += changes.length));
          count.observe(document.querySelector('[role=status]'), {childList: true, subtree: true, characterData: true});
        }"""
    )
    before = len(answered)
    while len(answered) < before + 2:  # the answer to one that was counted may still be on its way
        with viewer.page.expect_response(SIGNALLING):
            pass
    assert viewer.page.evaluate("() => window.said") == 0
