"""A viewer sees moving pictures, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .net_log import answers
from .sessions import lives, wait_until_gone
from .viewer import PATH, Viewer

PAGES = ["player.html", "hls.html"]


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_moving_pictures(viewer: Viewer, page: str) -> None:
    viewer.open(page)
    viewer.wait_for_state("live")
    before = viewer.stats["framesDecoded"]
    assert viewer.different_frames(30) >= 30
    assert viewer.stats["framesDecoded"] >= before + 30 - 5  # a frame may be shown just after the first count


def test_page_knows_when_the_first_picture_came(viewer: Viewer) -> None:
    viewer.open("player.html?mode=webrtc")
    viewer.wait_for_state("live")
    first = viewer.first_frame_ms
    (live,) = (entry for entry in viewer.history if entry["state"] == "live")
    assert first is not None
    assert 0 < first <= live["at"]  # live is told when the rest of the page is there as well
    assert viewer.first_picture_at is not None
    assert first == pytest.approx(viewer.first_picture_at, abs=50)


@pytest.mark.parametrize("page", PAGES)
def test_page_plays_without_errors_or_policy_violations(viewer: Viewer, page: str) -> None:
    viewer.open(page)
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
    assert viewer.complaints == []
    assert viewer.violations == []


@pytest.mark.parametrize("page", PAGES)
def test_page_loads_nothing_from_elsewhere(viewer: Viewer, page: str) -> None:
    viewer.open(page)
    viewer.wait_for_state("live")
    elsewhere = [r.url for r in viewer.requests if not r.url.startswith((viewer.origin + "/", "blob:", "data:"))]
    assert elsewhere == []


@pytest.mark.parametrize("loaded", [True, False], ids=["while it plays", "before the rest of the page is there"])
def test_leaving_ends_the_session_by_delete(
    launch: Callable[..., Browser], origin: str, tmp_path: Path, loaded: bool
) -> None:
    log = tmp_path / "net.json"
    chromium = launch(f"--log-net-log={log}")
    viewer = Viewer(chromium.new_page(), origin)
    if not loaded:
        viewer.page.route("**/play.js", lambda route: None)
    with viewer.page.expect_response(lambda answer: answer.request.method == "POST"):
        viewer.open("player.html")
    if loaded:
        viewer.wait_for_state("live")
    (session,) = viewer.session_urls()
    assert lives(session)
    viewer.open("style.css")
    wait_until_gone(session)
    chromium.close()
    # 404 where the hang-up of the media came first
    assert [status for method, url, status in answers(log) if (method, url) == ("DELETE", session)] in ([200], [404])


def test_player_comes_back_when_the_server_ends_its_session(viewer: Viewer) -> None:
    viewer.open("player.html")
    viewer.wait_for_state("live")
    first = viewer.first_frame_ms
    wait_until_gone(viewer.session_urls()[0], end_it=True)
    viewer.wait_for_reason("ended")
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
    assert len(viewer.session_urls()) == 2
    assert viewer.first_frame_ms == first


def test_returning_by_the_back_button_plays_again(viewer: Viewer) -> None:
    viewer.open("player.html")
    viewer.wait_for_state("live")
    viewer.open("style.css")
    viewer.page.go_back()
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5


def test_pages_mark_their_requests_so_that_no_password_prompt_opens(open_viewer: Callable[..., Viewer]) -> None:
    for page, what in (("player.html", f"/webrtc/whep/{PATH}"), ("hls.html", f"/hls/{PATH}/index.m3u8")):
        viewer = open_viewer()
        viewer.open(page)
        viewer.wait_for_state("live")
        signalling = [r for r in viewer.requests if r.url.startswith(viewer.origin + what)]
        assert signalling
        assert {r.all_headers().get("x-requested-with") for r in signalling} == {"envivo"}


def test_sound_control_appears_only_where_there_is_sound(viewer: Viewer) -> None:
    viewer.open("player.html")
    viewer.wait_for_state("live")
    assert viewer.different_frames(30) >= 30  # a second of sound has had the time to arrive
    control = viewer.page.get_by_role("button", name="Turn sound on")
    if not viewer.stats["sound"]:
        assert control.is_hidden()
        return
    control.click()
    assert viewer.page.evaluate("() => document.querySelector('video').muted") is False
    assert viewer.page.get_by_role("button", name="Turn sound off").is_visible()


def test_full_screen_control_enters_and_leaves(viewer: Viewer) -> None:
    viewer.open("player.html")
    viewer.page.get_by_role("button", name="Full screen").click()
    viewer.page.wait_for_function("() => document.fullscreenElement !== null")
    viewer.page.get_by_role("button", name="Leave full screen").click()
    viewer.page.wait_for_function("() => document.fullscreenElement === null")
