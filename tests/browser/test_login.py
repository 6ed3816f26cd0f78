"""A viewer of a protected path is asked by the page, once, and never by the browser.

The path itself is public: a guard before it answers 401 as MediaMTX does until the right user and password are said.
"""

import base64
import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from .sessions import wait_until_gone
from .viewer import PATH, Viewer

SIGNALLING = re.compile(rf"/webrtc/whep/{PATH}$")
SESSION = re.compile(rf"/webrtc/whep/{PATH}/[0-9a-f-]+")
PLAYLIST = re.compile(rf"/hls/{PATH}/index\.m3u8")
MEDIA_PLAYLIST = re.compile(rf"/hls/{PATH}/[a-z0-9_]+_stream\.m3u8")
PAGES = [("player.html", SIGNALLING), ("hls.html", PLAYLIST)]

USER, PASSWORD = "señal", "contraseña:1"
KEY = "envivo.viewer"
KEPT = json.dumps({"user": USER, "password": PASSWORD})


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Guard:
    """Lets through who says the right words; `said` is what each request carried. Who says wrong ones is held back."""

    def __init__(self, page: Page, asked: re.Pattern[str]) -> None:
        self.said: list[str | None] = []
        self._held: list[Route] = []
        page.route(asked, self._judge)

    def refuse(self) -> None:
        self._held.pop().fulfill(status=401)

    def _judge(self, route: Route) -> None:
        self.said.append(route.request.headers.get("authorization"))
        if self.said[-1] == basic(USER, PASSWORD):
            route.continue_()
        elif self.said[-1] is None:
            route.fulfill(status=401)
        else:
            self._held.append(route)


def kept(viewer: Viewer) -> str | None:
    stored: str | None = viewer.page.evaluate("key => sessionStorage.getItem(key)", KEY)
    return stored


@pytest.fixture
def open_keeping(viewer: Viewer) -> Callable[[str], Viewer]:
    """open_keeping(entry): a viewer whose tab keeps that entry already (docs/player.md, "User and password")."""

    def make(entry: str) -> Viewer:
        viewer.page.add_init_script(f"sessionStorage.setItem({json.dumps(KEY)}, {json.dumps(entry)})")
        return viewer

    return make


@pytest.mark.parametrize(("page", "asked"), PAGES)
def test_viewer_is_asked_until_the_answer_is_right(viewer: Viewer, page: str, asked: re.Pattern[str]) -> None:
    guard = Guard(viewer.page, asked)
    viewer.open(page)
    viewer.wait_for_state("locked")
    expect(viewer.page.get_by_role("alert")).to_contain_text(PATH)
    user, password = (viewer.page.get_by_label(label, exact=True) for label in ("User", "Password"))
    expect(user).to_be_focused()

    viewer.log_in(USER, "wrong")
    viewer.wait_for_state("checking")
    expect(viewer.page.get_by_role("alert")).to_contain_text("Checking")
    password.press("Enter")  # impatience asks nothing more
    guard.refuse()
    viewer.wait_for_reason("wrong-password")
    expect(viewer.page.get_by_role("alert")).to_contain_text("do not open")
    expect(user).to_have_value(USER)
    expect(password).to_be_focused()
    assert kept(viewer) is None

    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
    expect(password).to_be_hidden()
    expect(password).to_have_value("")
    assert guard.said == [None, basic(USER, "wrong"), basic(USER, PASSWORD)]
    assert [entry["state"] for entry in viewer.history] == [
        *("connecting", "locked", "checking", "locked", "checking", "connecting", "live")
    ]
    assert viewer.violations == []


def test_answer_is_kept_for_the_tab_and_for_both_pages(viewer: Viewer) -> None:
    guards = {page: Guard(viewer.page, asked) for page, asked in PAGES}
    viewer.open("player.html")
    viewer.wait_for_state("locked")
    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_state("live")
    assert json.loads(kept(viewer) or "") == json.loads(KEPT)
    viewer.page.reload()
    viewer.wait_for_state("live")
    viewer.page.get_by_role("link", name="HLS test page").click()
    viewer.wait_for_state("live")
    said = basic(USER, PASSWORD)
    assert [guards[page].said for page, _ in PAGES] == [[None, said, said], [said]]


def test_answer_is_told_to_nobody_else(viewer: Viewer) -> None:
    Guard(viewer.page, SIGNALLING)
    viewer.open("player.html")
    viewer.wait_for_state("locked")
    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_state("live")
    wait_until_gone(viewer.session_urls()[0], end_it=True)
    viewer.wait_for_reason("ended")
    followed = [request for request in viewer.requests if SESSION.search(request.url)]
    assert {request.method for request in followed} == {"PATCH", "DELETE"}
    assert [r.url for r in followed if "authorization" in r.all_headers()] == []
    assert [r.url for r in viewer.requests if "contrase" in r.url] == []
    assert [text for text in viewer.complaints if "contrase" in text] == []


@pytest.mark.parametrize("page", ["player.html", "hls.html"])
def test_window_envivo_does_not_show_the_answer(open_keeping: Callable[[str], Viewer], page: str) -> None:
    viewer = open_keeping(KEPT)
    viewer.open(page)
    viewer.wait_for_state("live")
    shown = viewer.page.evaluate("async () => JSON.stringify({...envivo, stats: await envivo.stats()})")
    assert json.loads(shown)["state"] == "live"
    assert USER not in shown
    assert PASSWORD not in shown


def test_playlist_keeps_the_answer_through_its_redirect(open_keeping: Callable[[str], Viewer]) -> None:
    viewer = open_keeping(KEPT)
    viewer.open("hls.html")
    viewer.wait_for_state("live")
    playlists = [request for request in viewer.requests if PLAYLIST.search(request.url)]
    assert [request.redirected_from is None for request in playlists] == [True, False]
    assert {request.all_headers().get("authorization") for request in playlists} == {basic(USER, PASSWORD)}


@pytest.mark.parametrize(("page", "asked"), PAGES)
def test_kept_answer_that_is_refused_is_dropped(
    open_keeping: Callable[[str], Viewer], page: str, asked: re.Pattern[str]
) -> None:
    viewer = open_keeping(json.dumps({"user": USER, "password": "of yesterday"}))
    guard = Guard(viewer.page, asked)
    with viewer.page.expect_request(asked):
        viewer.open(page)
    viewer.page.wait_for_function("() => window.envivo?.state === 'connecting'")
    guard.refuse()
    viewer.wait_for_reason("wrong-password")
    assert kept(viewer) is None
    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_state("live")


@pytest.mark.parametrize("nonsense", ["", "null", "{", '"x"', '{"user": "a"}', '{"user": 1, "password": 2}'])
def test_nonsense_in_the_place_of_an_answer_is_none(open_keeping: Callable[[str], Viewer], nonsense: str) -> None:
    viewer = open_keeping(nonsense)
    guard = Guard(viewer.page, SIGNALLING)
    viewer.open("player.html")
    viewer.wait_for_reason("password")
    assert guard.said == [None]


def test_answer_is_kept_where_only_the_publisher_is_missing(viewer: Viewer) -> None:
    Guard(viewer.page, SIGNALLING)
    viewer.open("player.html")
    viewer.wait_for_state("locked")
    viewer.page.unroute(SIGNALLING)
    viewer.page.route(SIGNALLING, lambda route: route.fulfill(status=404))
    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_reason("not-live")
    assert json.loads(kept(viewer) or "") == json.loads(KEPT)


def test_401_of_a_media_playlist_is_the_end_of_a_session_not_a_question(viewer: Viewer) -> None:
    def refuse_the_first_session(route: Route) -> None:
        sessions = [r for r in viewer.requests if PLAYLIST.search(r.url) and r.redirected_from is None]
        if len(sessions) == 1:
            route.fulfill(status=401)
        else:
            route.continue_()

    viewer.page.route(MEDIA_PLAYLIST, refuse_the_first_session)
    viewer.open("hls.html")
    viewer.wait_for_reason("ended")
    viewer.wait_for_state("live")
    assert "locked" not in [entry["state"] for entry in viewer.history]


def test_form_speaks_the_language_of_the_browser_and_to_password_managers(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(locale="es-MX")
    Guard(viewer.page, SIGNALLING)
    viewer.open("player.html")
    viewer.wait_for_state("locked")
    for label, purpose in (("Usuario", "username"), ("Contraseña", "current-password")):
        expect(viewer.page.get_by_label(label, exact=True)).to_have_attribute("autocomplete", purpose)
    viewer.page.get_by_label("Usuario", exact=True).fill(USER)
    viewer.page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    viewer.page.get_by_role("button", name="Ver").click()
    viewer.wait_for_state("live")


@pytest.mark.parametrize("size", [(320, 568), (640, 360), (1280, 800)])
def test_form_is_whole_on_every_screen(viewer: Viewer, size: tuple[int, int]) -> None:
    width, height = size
    viewer.page.set_viewport_size({"width": width, "height": height})
    Guard(viewer.page, SIGNALLING)
    viewer.open("player.html")
    viewer.wait_for_state("locked")
    stage, button = (viewer.page.locator(part).bounding_box() for part in (".stage", ".submit"))
    assert stage and button
    assert stage["y"] <= button["y"] < button["y"] + button["height"] <= stage["y"] + stage["height"]
    assert viewer.page.evaluate("() => document.documentElement.scrollWidth") <= width
