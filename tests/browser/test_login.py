"""A viewer of a protected path is asked by the page, once, and never by the browser.

The path itself is public: a guard before it answers 401 as MediaMTX does until the right user and password are said,
and holds an answer back where the test wants to look meanwhile. MediaMTX itself: test_locked.py.
"""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from .answers import OWN, refusing
from .guard import KEY, PASSWORD, USER, basic
from .viewer import PATH, Viewer

pytestmark = pytest.mark.proof

SIGNALLING = re.compile(rf"/webrtc/whep/{PATH}$")
PLAYLIST = re.compile(rf"/hls/{PATH}/index\.m3u8")
MEDIA_PLAYLIST = re.compile(rf"/hls/{PATH}/[a-z0-9_]+_stream\.m3u8")
PAGES = [("player.html", SIGNALLING), ("hls.html", PLAYLIST)]

KEPT = json.dumps({"user": USER, "password": PASSWORD})


class Guard:
    """Passes the right user and password, and holds wrong ones back. `said`: what each request carried."""

    def __init__(self, page: Page, asked: re.Pattern[str]) -> None:
        self.said: list[str | None] = []
        self._held: list[Route] = []
        page.route(asked, self._judge)

    def refuse(self) -> None:
        self._held.pop().fulfill(status=401, headers=OWN)

    def _judge(self, route: Route) -> None:
        self.said.append(route.request.headers.get("authorization"))
        if self.said[-1] == basic():
            route.continue_()
        elif self.said[-1] is None:
            route.fulfill(status=401, headers=OWN)
        else:
            self._held.append(route)


@pytest.mark.parametrize(("page", "asked"), PAGES)
def test_viewer_is_asked_until_the_answer_is_right(viewer: Viewer, page: str, asked: re.Pattern[str]) -> None:
    guard = Guard(viewer.page, asked)
    viewer.open(page)
    viewer.wait_for_state("locked")
    expect(viewer.status).to_contain_text("Password needed")
    assert viewer.history[-1]["retryMs"] is None  # nothing is asked meanwhile
    expect(viewer.page.get_by_role("alert")).to_contain_text(PATH)
    user, password = (viewer.page.get_by_label(label, exact=True) for label in ("User", "Password"))
    expect(user).to_be_focused()

    viewer.log_in(USER, "wrong")
    viewer.wait_for_state("checking")
    expect(viewer.page.get_by_role("alert")).to_contain_text("Checking")
    password.press("Enter")  # impatience asks nothing more
    guard.refuse()
    viewer.wait_for_reason("wrong-password")
    expect(viewer.page.get_by_role("alert")).to_contain_text("not valid for")
    expect(user).to_have_value(USER)
    expect(password).to_be_focused()
    assert viewer.kept is None

    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
    expect(password).to_be_hidden()
    expect(password).to_have_value("")
    assert guard.said == [None, basic(USER, "wrong"), basic()]
    assert [entry["state"] for entry in viewer.history] == [
        *("connecting", "locked", "checking", "locked", "checking", "connecting", "live")
    ]
    assert viewer.violations == []


@pytest.mark.parametrize(("page", "asked"), PAGES)
def test_kept_answer_that_is_refused_is_dropped(viewer: Viewer, page: str, asked: re.Pattern[str]) -> None:
    yesterday = json.dumps({"user": USER, "password": "of yesterday"})
    viewer.page.add_init_script(f"sessionStorage.setItem({json.dumps(KEY)}, {json.dumps(yesterday)})")
    guard = Guard(viewer.page, asked)
    with viewer.page.expect_request(asked):
        viewer.open(page)
    viewer.wait_for_state("connecting")
    guard.refuse()
    viewer.wait_for_reason("wrong-password")
    assert viewer.kept is None
    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_state("live")


def test_answer_is_kept_where_only_the_publisher_is_missing(viewer: Viewer) -> None:
    Guard(viewer.page, SIGNALLING)
    viewer.open("player.html")
    viewer.wait_for_state("locked")
    viewer.page.unroute(SIGNALLING)
    viewer.page.route(SIGNALLING, refusing(404, "no stream is available on path 'webcam'"))
    viewer.log_in(USER, PASSWORD)
    viewer.wait_for_reason("not-live")
    assert json.loads(viewer.kept or "") == json.loads(KEPT)


def test_401_of_a_media_playlist_is_the_end_of_a_session_not_a_question(viewer: Viewer) -> None:
    def refuse_the_first_session(route: Route) -> None:
        sessions = [r for r in viewer.requests if PLAYLIST.search(r.url) and r.redirected_from is None]
        if len(sessions) == 1:
            route.fulfill(status=401, headers=OWN)
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


def test_form_is_whole_on_every_screen(viewer: Viewer) -> None:
    Guard(viewer.page, SIGNALLING)
    viewer.open("player.html")
    viewer.wait_for_state("locked")
    for width, height in ((320, 568), (640, 360), (1280, 800)):
        viewer.page.set_viewport_size({"width": width, "height": height})
        stage, button = (viewer.page.locator(part).bounding_box() for part in (".stage", ".submit"))
        assert stage and button
        assert stage["y"] <= button["y"] < button["y"] + button["height"] <= stage["y"] + stage["height"], width
        assert viewer.page.evaluate("() => document.documentElement.scrollWidth") <= width
