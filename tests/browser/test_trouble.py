"""What goes wrong is said, with its cause, and mends itself where it can."""

import json
import re

import pytest
from playwright.sync_api import Route, expect

from .viewer import PATH, Viewer

NOBODY = "envivo-browser-test/nobody"
SIGNALLING = re.compile(rf"/webrtc/whep/{PATH}$")
SESSION = re.compile(rf"/webrtc/whep/{PATH}/[0-9a-f-]+$")
PLAYLIST = re.compile(rf"/hls/{PATH}/index\.m3u8")
NOT_LIVE = json.dumps({"status": "error", "error": f"no stream is available on path '{PATH}'"})


@pytest.mark.parametrize("page", ["player.html", "hls.html"])
def test_page_waits_where_nobody_publishes(viewer: Viewer, page: str) -> None:
    viewer.open(f"{page}?path={NOBODY}")
    viewer.wait_for_state("waiting")
    expect(viewer.status).to_contain_text("Waiting")
    expect(viewer.status).to_contain_text(NOBODY)
    assert viewer.history[-1]["reason"] in ("unknown-path", "not-live")
    assert viewer.history[-1]["retryMs"] is not None
    assert viewer.first_frame_ms is None


@pytest.mark.parametrize(("page", "asked"), [("player.html", SIGNALLING), ("hls.html", PLAYLIST)])
def test_page_goes_live_by_itself_when_the_stream_starts(viewer: Viewer, page: str, asked: re.Pattern[str]) -> None:
    answers = iter([NOT_LIVE, NOT_LIVE])

    def not_yet(route: Route) -> None:
        body = next(answers, None)
        if body is None:
            route.continue_()
        else:
            route.fulfill(status=404, content_type="application/json", body=body)

    viewer.page.route(asked, not_yet)
    viewer.open(page)
    viewer.wait_for_state("live")
    assert [entry["reason"] for entry in viewer.history if entry["state"] == "waiting"] == ["not-live"] * 2
    assert viewer.different_frames(5) >= 5


@pytest.mark.parametrize(("page", "asked"), [("player.html", SIGNALLING), ("hls.html", PLAYLIST)])
def test_page_says_that_a_password_is_needed_and_stops_asking(
    viewer: Viewer, page: str, asked: re.Pattern[str]
) -> None:
    viewer.page.route(asked, lambda route: route.fulfill(status=401))
    viewer.open(page)
    viewer.wait_for_state("locked")
    expect(viewer.status).to_contain_text("Password needed")
    assert viewer.history[-1]["retryMs"] is None


@pytest.mark.parametrize(("page", "asked"), [("player.html", SIGNALLING), ("hls.html", PLAYLIST)])
def test_page_says_that_the_server_cannot_be_reached(viewer: Viewer, page: str, asked: re.Pattern[str]) -> None:
    viewer.page.route(asked, lambda route: route.abort("connectionrefused"))
    viewer.open(page)
    viewer.wait_for_reason("unreachable")
    expect(viewer.status).to_contain_text("cannot be reached")


@pytest.mark.parametrize(("page", "asked"), [("player.html", SIGNALLING), ("hls.html", PLAYLIST)])
def test_page_tells_a_restarting_server_from_an_unreachable_one(
    viewer: Viewer, page: str, asked: re.Pattern[str]
) -> None:
    viewer.page.route(asked, lambda route: route.fulfill(status=502))
    viewer.open(page)
    viewer.wait_for_reason("restarting")


def test_player_names_the_port_through_which_no_video_gets(viewer: Viewer) -> None:
    closed_port = "9"

    def misdirect(route: Route) -> None:
        answer = route.fetch()
        body = re.sub(r"(a=candidate:\S+ \d \S+ \d+ \S+) \d+ ", rf"\1 {closed_port} ", answer.text())
        route.fulfill(response=answer, body=body)

    viewer.page.route(SIGNALLING, misdirect)
    # else the server learns where the viewer is, and gets through from its side
    viewer.page.route(SESSION, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    viewer.open("player.html")
    viewer.wait_for_reason("blocked")
    expect(viewer.status).to_contain_text("Not connected")
    expect(viewer.status).to_contain_text(f"UDP and TCP {closed_port} blocked?")


def test_hls_page_names_the_part_that_is_missing_and_loads_it_again(viewer: Viewer) -> None:
    library = re.compile(r"/hls\.min\.js$")
    viewer.page.route(library, lambda route: route.fulfill(status=404))
    viewer.open("hls.html")
    viewer.wait_for_state("error")
    expect(viewer.status).to_contain_text("vendor/hls.min.js")
    viewer.page.unroute(library)
    viewer.wait_for_state("live")


@pytest.mark.parametrize("path", ["../webcam", "/webcam", "webcam/", "a//b", "what?", "«»"])
def test_page_refuses_a_name_that_no_stream_can_have(viewer: Viewer, path: str) -> None:
    viewer.page.goto(f"{viewer.origin}/web/player.html")
    viewer.page.evaluate("path => location.search = '?path=' + encodeURIComponent(path)", path)
    expect(viewer.status).to_contain_text("no stream of that name")
