"""The page for everybody: axe in every state and colour scheme, names, focus; pictures of each are kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from . import axe
from .test_trouble import NOBODY, SIGNALLING
from .viewer import Viewer

NARROW = {"width": 360, "height": 640}


@pytest.fixture(scope="session")
def library() -> str:
    return axe.library()


def live(viewer: Viewer) -> None:
    viewer.open("player.html")
    viewer.wait_for_state("live")


def with_sound(viewer: Viewer) -> None:
    live(viewer)
    viewer.page.evaluate("() => (document.querySelector('.heard').hidden = false)")


def with_numbers(viewer: Viewer) -> None:
    viewer.open("player.html?numbers=1")
    viewer.wait_for_state("live")
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
    viewer.page.route(SIGNALLING, lambda route: route.fulfill(status=401))
    viewer.open("player.html")
    viewer.wait_for_state("locked")


def unreachable(viewer: Viewer) -> None:
    viewer.page.route(SIGNALLING, lambda route: route.abort("connectionrefused"))
    viewer.open("player.html")
    viewer.wait_for_reason("unreachable")


def embedded(viewer: Viewer) -> None:
    viewer.open("player.html?embed=1")
    viewer.wait_for_state("live")


def test_page(viewer: Viewer) -> None:
    viewer.open("hls.html")
    viewer.wait_for_state("live")


test_page.__test__ = False  # type: ignore[attr-defined]

STATES = [live, with_sound, with_numbers, with_help, paused, offline, locked, unreachable, embedded, test_page]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(
    open_viewer: Callable[..., Viewer],
    library: str,
    screenshots: Path,
    state: Callable[[Viewer], None],
    scheme: str,
) -> None:
    viewer = open_viewer(color_scheme=scheme, reduced_motion="reduce")
    state(viewer)
    viewer.page.wait_for_timeout(300)  # colours have faded in
    viewer.page.screenshot(path=screenshots / f"{state.__name__}-{scheme}.png")
    assert axe.findings(viewer.page, library) == []
    assert viewer.violations == []


@pytest.mark.parametrize("state", [with_sound, with_numbers, with_help, paused], ids=lambda state: state.__name__)
@pytest.mark.parametrize("locale", ["en", "es"])
def test_everything_fits_on_a_phone(
    open_viewer: Callable[..., Viewer], screenshots: Path, state: Callable[[Viewer], None], locale: str
) -> None:
    viewer = open_viewer(locale=locale, viewport=NARROW, has_touch=True, is_mobile=True)
    state(viewer)
    viewer.page.screenshot(path=screenshots / f"{state.__name__}-phone-{locale}.png")
    assert viewer.page.evaluate("() => document.documentElement.scrollWidth") <= NARROW["width"]
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
    bar = [name for name in names if name not in ("Turn sound on", "Volume")]  # where there is sound
    assert bar[:6] == ["Pause", "Numbers", "Save the picture", "Picture in picture", "Keys", "Full screen"]
    assert {"Automatic", "HLS test page", "Español"} <= set(names)


def test_changes_are_said_once(viewer: Viewer) -> None:
    """What is in the live region when nobody publishes: one text, however often the page asks."""
    answered: list[Route] = []

    def nobody(route: Route) -> None:
        answered.append(route)
        route.fulfill(status=404, content_type="application/json", body='{"error": "no stream is available"}')

    viewer.page.route(SIGNALLING, nobody)
    viewer.open("player.html")
    viewer.wait_for_state("offline")
    viewer.page.evaluate(
        """() => {
          window.said = 0;
          const count = new MutationObserver(changes => (window.said += changes.length));
          count.observe(document.querySelector('[role=status]'), {childList: true, subtree: true, characterData: true});
        }"""
    )
    before = len(answered)
    viewer.page.wait_for_timeout(3500)
    assert len(answered) >= before + 2
    assert viewer.page.evaluate("() => window.said") == 0
