"""The list of paths tells who may know it what happens, and costs nobody anything."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Route, expect

from tests.patience import patient

from .answers import OWN, refusing
from .guard import PASSWORD, USER, basic, lock
from .viewer import PATH, Viewer

NAMES = re.compile(r"/api/paths$")
STATUS = re.compile(rf"/api/paths/{PATH}$")
LOCKED = json.dumps([{"name": PATH, "locked": True, "recordings_locked": True}])


def card(viewer: Viewer) -> Locator:
    return viewer.page.locator(".card", has_text=PATH)


def says(viewer: Viewer, **status: Any) -> None:
    """What the origin answers about the path from now on."""
    viewer.page.unroute(STATUS)
    viewer.page.route(STATUS, lambda route: route.fulfill(json={"since": None, "viewers": 0, **status}))


def test_list_shows_what_is_live_with_a_picture_of_now_and_makes_nobody_a_viewer(viewer: Viewer) -> None:
    viewer.page.goto(viewer.origin)
    expect(card(viewer).locator(".badge")).to_have_text("Live")
    assert viewer.page.url == f"{viewer.origin}/web/"
    expect(card(viewer)).to_contain_text(re.compile(r"since .*\d:\d\d.* · \d+ viewers? · published over RTSP"))
    picture = card(viewer).get_by_role("img", name=re.compile(f"Picture of {PATH}, "))
    expect(picture).to_be_visible()
    colours = picture.evaluate(
        """canvas => {
          const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert colours > 8
    asked = [request.url for request in viewer.requests]
    assert [url for url in asked if "/webrtc/" in url or "/hls/" in url] == []
    assert viewer.complaints == []
    assert viewer.violations == []
    assert [url for url in asked if not url.startswith((viewer.origin + "/", "blob:"))] == []
    card(viewer).get_by_role("link", name=f"Watch {PATH}").click()
    viewer.wait_for_state("live")


@pytest.mark.proof
def test_list_counts_who_watches(viewer: Viewer, open_viewer: Callable[..., Viewer]) -> None:
    others = [open_viewer(), open_viewer()]
    for other in others:
        other.open(f"player.html?path={PATH}")
        other.wait_for_state("live")
    # those of other tests come and go meanwhile
    assert requests.get(f"{viewer.origin}/api/paths/{PATH}", timeout=patient(5)).json()["viewers"] >= len(others)
    viewer.open("index.html")
    expect(card(viewer)).to_contain_text(re.compile(r" · ([2-9]|\d\d+) viewers"))


@pytest.mark.proof
def test_change_is_said_to_who_does_not_see_it(viewer: Viewer) -> None:
    says(viewer, live=False)
    viewer.open("index.html")
    expect(card(viewer).locator(".badge")).to_have_text("Not live")
    says(viewer, live=True, since="2026-11-24T23:26:42.000544380Z", viewers=1)
    expect(card(viewer).locator(".badge")).to_have_text("Live")
    expect(card(viewer)).to_contain_text("1 viewer")
    expect(viewer.status).to_have_text(f"{PATH} is live.")
    says(viewer, live=False)
    expect(viewer.status).to_have_text(f"{PATH} is no longer live.")


@pytest.mark.proof
def test_locked_path_is_a_name_until_the_right_words_are_said(viewer: Viewer) -> None:
    viewer.page.route(NAMES, lambda route: route.fulfill(content_type="application/json", body=LOCKED))
    said = lock(viewer.page, STATUS)
    of_recordings = lock(viewer.page, re.compile(rf"/recordings/{PATH}/"))
    viewer.open("index.html")
    expect(card(viewer).locator(".badge")).to_have_text("Password needed")
    expect(viewer.page.get_by_role("alert")).to_contain_text("user name and a password")
    assert said == []

    viewer.log_in(USER, "wrong")
    expect(viewer.page.get_by_role("alert")).to_contain_text("not valid for any stream")
    viewer.log_in(USER, PASSWORD)
    expect(card(viewer).locator(".badge")).to_have_text("Live")
    expect(viewer.page.get_by_label("Password", exact=True)).to_be_hidden()
    expect(card(viewer).get_by_role("img")).to_be_visible()
    assert set(said) == {basic(USER, "wrong"), basic()}
    assert set(of_recordings) == {basic()}
    assert json.loads(viewer.kept or "") == {"user": USER, "password": PASSWORD}


@pytest.mark.proof
def test_nothing_is_asked_where_nobody_looks(viewer: Viewer) -> None:
    viewer.page.clock.install()
    viewer.open("index.html")
    expect(card(viewer).locator(".badge")).to_have_text("Live")
    viewer.page.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true});
          window.away = true;
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    for _ in range(100):  # what was under way, and what follows from it: the picture comes in several answers
        asked = len(viewer.requests)
        viewer.page.clock.run_for(1_000)
        viewer.page.wait_for_timeout(250)
        if len(viewer.requests) == asked == len(viewer.responses):
            break
    viewer.page.clock.run_for(60_000)
    viewer.page.wait_for_timeout(250)
    assert len(viewer.requests) == asked
    with viewer.page.expect_request(STATUS):
        viewer.page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")


@pytest.mark.proof
def test_card_says_why_nothing_can_be_told(viewer: Viewer) -> None:
    statuses: list[int | None] = []

    def answer(route: Route) -> None:
        if statuses[-1]:
            route.fulfill(status=statuses[-1], headers=OWN)
        else:
            route.abort()

    viewer.page.route(STATUS, answer)
    for status, badge in ((502, "No answer"), (500, "No answer"), (None, "Server not reachable")):
        statuses.append(status)
        viewer.open("index.html")
        expect(card(viewer).locator(".badge")).to_have_text(badge)


@pytest.mark.proof
def test_list_comes_when_the_server_does(viewer: Viewer) -> None:
    viewer.page.route(NAMES, refusing(502))
    viewer.open("index.html")
    expect(viewer.status).to_contain_text("Trying again")
    viewer.page.unroute(NAMES)
    expect(card(viewer).locator(".badge")).to_have_text("Live")


@pytest.mark.proof
def test_list_speaks_the_language_of_the_browser(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(locale="es-MX")
    viewer.open("index.html")
    expect(card(viewer).locator(".badge")).to_have_text("En directo")
    expect(card(viewer)).to_contain_text("espectador")
    assert viewer.page.evaluate("() => document.documentElement.lang") == "es"


@pytest.mark.proof
def test_list_is_used_by_the_keyboard(viewer: Viewer) -> None:
    viewer.open("index.html")
    expect(card(viewer).locator(".badge")).to_have_text("Live")
    card(viewer).get_by_role("link", name=f"Watch {PATH}").focus()
    viewer.page.keyboard.press("Tab")
    expect(card(viewer).get_by_role("link", name=f"Recordings of {PATH}")).to_be_focused()
    viewer.page.keyboard.press("Enter")
    expect(viewer.page.get_by_role("heading", name="Recordings")).to_be_visible()
    assert viewer.page.url.endswith(f"recordings.html?path={PATH}")


@pytest.mark.proof
def test_lists_fit_a_phone(viewer: Viewer) -> None:
    viewer.page.set_viewport_size({"width": 320, "height": 568})
    for page in ("index.html", "recordings.html"):
        viewer.open(page)
        expect(viewer.page.locator("canvas").first).to_be_visible()
        assert viewer.page.evaluate("() => document.documentElement.scrollWidth") <= 320, page


def test_api_is_these_two_questions(origin: str) -> None:
    inside = {"Caddy-Templates-Include": "1"}
    for method, path, headers, status in (
        ("GET", "/api/paths", {}, 200),
        ("POST", "/api/paths", {}, 405),
        ("DELETE", f"/api/paths/{PATH}", {}, 405),
        ("GET", "/api/paths/envivo-browser-test/nobody", {}, 404),
        ("GET", "/api/", {}, 404),
        ("GET", f"/api/inside/{PATH}", {}, 404),
        ("GET", f"/api/inside/{PATH}", inside, 404),
        ("GET", "/v3/paths/list", {}, 404),
    ):
        answer = requests.request(method, origin + path, headers=headers, timeout=patient(5))
        assert answer.status_code == status, (method, path, headers)


def test_api_says_no_more_than_the_page_shows(origin: str) -> None:
    names = requests.get(f"{origin}/api/paths", timeout=patient(5))
    assert {"name", "locked", "recordings_locked"} == set(names.json()[0])
    said = requests.get(f"{origin}/api/paths/{PATH}", timeout=patient(5))
    assert set(said.json()) == {"live", "since", "viewers", "source", "codecs"}
    assert said.headers["Cache-Control"] == "no-store"
    assert "Server" not in said.headers
