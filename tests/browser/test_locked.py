"""A path with viewers of its own: MediaMTX's own 401, the form, and what the tab keeps (docs/explanation/player.md)."""

import json
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.conftest import WITH_SOUND
from tests.e2e.lab import Lab, SettingsOf

from .guard import basic
from .sessions import wait_until_gone
from .test_trouble import PLAYLIST, SESSION, SIGNALLING
from .viewer import PATH, Viewer

USER, PASSWORD = "ana", secrets.token_hex(16)
SAID = basic(USER, PASSWORD)


@pytest.fixture(scope="module", autouse=True)
def locked(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A path that asks for a user and a password, also for its recordings."""
    viewers = [{"user": USER, "password": PASSWORD}]
    settings = SettingsOf(tmp_path_factory.mktemp("locked"), WITH_SOUND)
    lab.deploy(settings(mediamtx={"paths": {PATH: {"viewers": viewers}}}))
    yield
    lab.deploy()


def log_in(viewer: Viewer, page: str, refused: str) -> None:
    """Open the page, be refused once with these words, and enter what is right."""
    viewer.open(page)
    viewer.page.get_by_label("Password", exact=True).wait_for()
    viewer.log_in(USER, "wrong")
    expect(viewer.page.get_by_role("alert")).to_contain_text(refused)
    assert viewer.kept is None
    viewer.log_in(USER, PASSWORD)


def test_player_is_told_once_and_the_tab_keeps_it(viewer: Viewer) -> None:
    log_in(viewer, "player.html", "not valid for")
    viewer.wait_for_state("live")
    assert viewer.protocol == "webrtc"
    assert viewer.different_frames(5) >= 5
    # a busy machine may see more afterwards: a picture that stands still, a session that ends
    states = [entry["state"] for entry in viewer.history if entry["state"] != "connecting"]
    assert states[:5] == ["locked", "checking", "locked", "checking", "live"]
    assert viewer.reasons[:2] == ["password", "wrong-password"] and "locked" not in states[5:]
    assert json.loads(viewer.kept or "") == {"user": USER, "password": PASSWORD}

    viewer.page.reload()
    viewer.wait_for_state("live")
    wait_until_gone(viewer.session_urls()[-1], end_it=True)
    viewer.wait_for_reason("ended")
    viewer.wait_for_state("live")
    shown = [viewer.page.evaluate("async () => JSON.stringify({...envivo, stats: await envivo.stats()})")]
    viewer.page.get_by_role("link", name="HLS test page").click()
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
    shown += [viewer.page.evaluate("async () => JSON.stringify({...envivo, stats: await envivo.stats()})")]

    said = {
        what: [request.all_headers().get("authorization") for request in viewer.requests if what.search(request.url)]
        for what in (SIGNALLING, SESSION, PLAYLIST)
    }
    # and again after the reload, and the end
    assert said[SIGNALLING][:5] == [None, basic(USER, "wrong"), SAID, SAID, SAID] and {*said[SIGNALLING][5:]} <= {SAID}
    assert set(said[SESSION]) == {None}  # its URL is the key
    assert set(said[PLAYLIST]) == {SAID}
    assert [text for text in (*shown, *(request.url for request in viewer.requests)) if PASSWORD in text] == []
    assert [text for text in viewer.complaints if PASSWORD in text] == []
    assert viewer.violations == []


def test_hls_page_asks_for_itself(viewer: Viewer) -> None:
    log_in(viewer, "hls.html", "not valid for")
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
    assert viewer.reasons[:2] == ["password", "wrong-password"]


def test_lists_open_with_the_same_words(viewer: Viewer) -> None:
    log_in(viewer, "index.html", "not valid for any stream")
    card = viewer.page.locator(".card", has_text=PATH)
    expect(card.locator(".badge")).to_have_text("Live")
    expect(card.get_by_role("img")).to_be_visible()
    card.get_by_role("link", name=f"Recordings of {PATH}").click()
    newest = viewer.page.locator(".segments li[data-state]").last
    newest.get_by_role("button").click()
    viewer.page.wait_for_function("() => document.querySelector('video').currentTime > 0.5")
    with viewer.page.expect_download() as download:
        newest.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".mp4")
    download.value.cancel()
    assert viewer.violations == []
