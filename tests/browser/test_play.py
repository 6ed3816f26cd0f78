"""A viewer sees moving pictures, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.patience import until

from .net_log import answers
from .sessions import lives, wait_until_gone
from .viewer import PATH, Viewer


@pytest.mark.parametrize(
    ("page", "asked"), [("player.html", f"/webrtc/whep/{PATH}"), ("hls.html", f"/hls/{PATH}/index.m3u8")]
)
def test_page_shows_moving_pictures_and_does_nothing_else(viewer: Viewer, page: str, asked: str) -> None:
    viewer.watch(page)
    before = viewer.stats["framesDecoded"]
    assert viewer.different_frames(30) >= 30
    # the first picture seen was decoded before, and Chromium keeps its statistics for 50 ms
    more = until(lambda more: more >= 30, lambda: viewer.stats["framesDecoded"] - before, within_s=5, every_s=0.1)
    assert more >= 30
    assert viewer.complaints == []
    assert viewer.violations == []
    assert [r.url for r in viewer.requests if not r.url.startswith((viewer.origin + "/", "blob:", "data:"))] == []
    signalling = [r for r in viewer.requests if r.url.startswith(viewer.origin + asked)]
    assert signalling
    # so that no prompt for a password opens
    assert {r.all_headers().get("x-requested-with") for r in signalling} == {"envivo"}


@pytest.mark.proof
def test_page_knows_when_the_first_picture_came(viewer: Viewer) -> None:
    """Five tries, since the page seldom reports when a picture was counted in place of when it was shown."""
    told = shown = None
    for _ in range(5):
        viewer.watch("player.html?mode=webrtc")
        (live,) = (entry for entry in viewer.history if entry["state"] == "live")
        told = viewer.first_frame_ms
        assert told is not None
        assert 0 < told <= live["at"]  # live is told when the rest of the page is there as well
        viewer.page.wait_for_function("() => window.firstPictureAt !== null")
        shown = viewer.first_picture_at
        if told == shown:
            break
    assert told == shown


def test_leaving_ends_the_session_by_delete(
    launch: Callable[..., Browser], open_viewer: Callable[..., Viewer], tmp_path: Path
) -> None:
    """Once while it plays, once before the rest of the page is there."""
    log = tmp_path / "net.json"
    chromium = launch(f"--log-net-log={log}")
    sessions = []
    for loaded in (True, False):
        viewer = open_viewer(chromium=chromium)
        if not loaded:
            viewer.page.route("**/play.js", lambda route: None)
        with viewer.page.expect_response(lambda answer: answer.request.method == "POST"):
            viewer.open("player.html")
        if loaded:
            viewer.wait_for_state("live")
        else:  # a page that has not read the answer yet cannot know the session
            viewer.page.wait_for_function("() => document.querySelector('video').srcObject")
        sessions += viewer.session_urls()
        assert lives(sessions[-1])
        viewer.open("css/style.css")
        wait_until_gone(sessions[-1])
    assert len(sessions) == 2
    chromium.close()
    answered = answers(log)
    for session in sessions:
        # 404 where the hang-up of the media came first
        assert [status for method, url, status in answered if (method, url) == ("DELETE", session)] in ([200], [404])


@pytest.mark.proof
def test_returning_by_the_back_button_plays_again(watching: Viewer) -> None:
    watching.open("css/style.css")
    watching.page.go_back()
    watching.wait_for_state("live")
    assert watching.different_frames(5) >= 5


@pytest.mark.proof
def test_state_of_the_page_shows_no_more_than_it_says(watching: Viewer) -> None:
    shown = watching.page.evaluate("() => Object.keys({...window.envivo})")
    assert {"mode", "path", "protocol", "state", "reason", "history", "firstFrameMs", "stats"} == set(shown)
