"""What a viewer can do: with buttons, with keys, by touch, and by the address."""

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .sessions import wait_until_gone
from .test_modules import call
from .viewer import PATH, Viewer

MODES = ["webrtc", "hls"]


@pytest.fixture
def watching(viewer: Viewer) -> Viewer:
    viewer.open("player.html?mode=webrtc")
    viewer.wait_for_state("live")
    return viewer


def holds(viewer: Viewer, expression: str) -> None:
    """Waits until something is true in the page."""
    viewer.page.wait_for_function(f"() => {expression}", timeout=5000)


@pytest.mark.parametrize("mode", MODES)
def test_pause_receives_nothing_and_go_live_is_live(viewer: Viewer, mode: str) -> None:
    viewer.open(f"player.html?mode={mode}")
    viewer.wait_for_state("live")
    viewer.page.get_by_role("button", name="Pause", exact=True).click()
    viewer.wait_for_state("stopped")
    expect(viewer.status).to_contain_text("Paused")
    assert viewer.page.evaluate("() => document.querySelector('.still').width") > 0
    for session in viewer.session_urls():
        wait_until_gone(session)
    asked = len(viewer.requests)
    viewer.page.wait_for_timeout(1500)
    assert len(viewer.requests) == asked
    viewer.page.get_by_role("button", name="Go live").last.click()
    viewer.wait_for_state("live")
    expect(viewer.page.locator(".still")).to_be_hidden()
    assert viewer.different_frames(5) >= 5


def test_what_is_behind_goes_live(viewer: Viewer) -> None:
    viewer.open("player.html?mode=hls")
    viewer.wait_for_state("live")
    viewer.page.wait_for_timeout(7000)
    edge = viewer.page.locator("button.edge")
    expect(edge).to_be_hidden()
    for go_live in (
        lambda: edge.click(),
        lambda: viewer.page.keyboard.press("l"),
        lambda: viewer.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))"),  # looks again
    ):
        viewer.page.evaluate("() => (document.querySelector('video').currentTime -= 6)")
        expect(edge).to_be_visible()
        go_live()
        expect(edge).to_be_hidden()
        assert viewer.stats["latencyMs"] < 3000


def test_picture_that_the_browser_paused_does_not_pass_for_live(watching: Viewer) -> None:
    watching.page.evaluate("() => document.querySelector('video').pause()")
    expect(watching.status).to_contain_text("Paused")
    watching.page.get_by_role("button", name="Go live").first.click()
    expect(watching.status).to_contain_text("Live")
    assert watching.different_frames(5) >= 5


def test_snapshot_is_a_png_of_the_whole_picture(watching: Viewer, tmp_path: Path) -> None:
    with watching.page.expect_download() as download:
        watching.page.get_by_role("button", name="Save the picture").click()
    assert re.fullmatch(rf"{PATH}_\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{{3}}Z\.png", download.value.suggested_filename)
    download.value.save_as(tmp_path / "shot.png")
    head = (tmp_path / "shot.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (watching.stats["width"], watching.stats["height"])
    assert watching.violations == []


def test_picture_in_picture_opens_and_closes(watching: Viewer) -> None:
    if not watching.page.evaluate("() => document.pictureInPictureEnabled"):
        expect(watching.page.get_by_role("button", name="Picture in picture")).to_be_hidden()
        return
    control = watching.page.get_by_role("button", name="Picture in picture")
    control.click()
    expect(control).to_have_attribute("aria-pressed", "true")
    control.click()
    expect(control).to_have_attribute("aria-pressed", "false")


def test_every_key_does_what_the_sheet_says(watching: Viewer) -> None:
    keys = watching.page.keyboard
    keys.press("m")
    holds(watching, "!document.querySelector('video').muted && location.search.includes('muted=0')")
    keys.press("ArrowDown")
    holds(watching, "Math.abs(document.querySelector('video').volume - 0.9) < 0.01")
    keys.press("ArrowUp")
    holds(watching, "document.querySelector('video').volume === 1 && !location.search.includes('volume')")
    keys.press("M")
    holds(watching, "document.querySelector('video').muted && !location.search.includes('muted')")
    keys.press("i")
    expect(watching.page.get_by_role("region", name="Numbers of the stream")).to_be_visible()
    holds(watching, "location.search.includes('numbers=1')")
    keys.press("i")
    expect(watching.page.get_by_role("region", name="Numbers of the stream")).to_be_hidden()
    keys.press("f")
    holds(watching, "document.fullscreenElement !== null")
    keys.press("f")
    holds(watching, "document.fullscreenElement === null")
    with watching.page.expect_download():
        keys.press("s")
    keys.press("k")
    watching.wait_for_state("stopped")
    keys.press(" ")
    watching.wait_for_state("live")
    keys.press("?")
    sheet = watching.page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    keys.press("k")  # typed before the sheet, meant for nothing behind it
    assert watching.page.evaluate("() => window.envivo.state") == "live"
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    assert watching.violations == []


def test_keys_can_be_switched_off(watching: Viewer) -> None:
    watching.page.get_by_role("button", name="Keys").click()
    watching.page.get_by_label("Keys are switched on").uncheck()
    watching.page.get_by_role("button", name="Close").click()
    watching.page.keyboard.press("k")
    watching.page.wait_for_timeout(300)
    assert watching.page.evaluate("() => window.envivo.state") == "live"
    watching.page.reload()
    watching.page.get_by_role("button", name="Keys").click()
    expect(watching.page.get_by_label("Keys are switched on")).not_to_be_checked()


@pytest.mark.parametrize(
    ("event", "focused", "action"),
    [
        ({"key": "k"}, "BODY", "playPause"),
        ({"key": "K"}, "BODY", "playPause"),
        ({"key": " "}, "BODY", "playPause"),
        ({"key": " "}, "BUTTON", None),
        ({"key": "m"}, "INPUT", None),
        ({"key": "f", "ctrlKey": True}, "BODY", None),
        ({"key": "s", "metaKey": True}, "BODY", None),
        ({"key": "x"}, "BODY", None),
    ],
)
def test_keys_stay_out_of_the_way(modules: Page, event: dict[str, object], focused: str, action: str | None) -> None:
    assert call(modules, "keyboard.js", "actionOf", event, focused) == action


def test_name_of_a_snapshot_suits_every_system(modules: Page) -> None:
    name = modules.evaluate(
        """async () => (await import('/web/still.js')).fileName('live/webcam', new Date(Date.UTC(2026, 10, 25)))"""
    )
    assert name == "live-webcam_2026-11-25T00-00-00.000Z.png"


def test_address_brings_back_what_was_seen(viewer: Viewer) -> None:
    viewer.open("player.html?mode=hls&numbers=1&muted=0&volume=0.3")
    viewer.wait_for_state("live")
    expect(viewer.page.get_by_role("region", name="Numbers of the stream")).to_be_visible()
    video = viewer.page.evaluate(
        "() => { const {muted, volume} = document.querySelector('video'); return [muted, volume] }"
    )
    assert video == [False, pytest.approx(0.3)]
    assert viewer.protocol == "hls"


def test_browser_that_refuses_sound_plays_without(launch: Callable[..., object], origin: str) -> None:
    browser = launch("--autoplay-policy=document-user-activation-required")
    viewer = Viewer(browser.new_page(), origin)  # type: ignore[attr-defined]
    viewer.open("player.html?muted=0")
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5


def test_language_is_switched_and_kept(watching: Viewer) -> None:
    watching.page.get_by_role("link", name="Español").click()
    watching.wait_for_state("live")
    expect(watching.status).to_contain_text("En directo")
    assert "mode=webrtc" in watching.page.url
    watching.open("player.html")
    watching.wait_for_state("live")
    expect(watching.status).to_contain_text("En directo")
    watching.page.get_by_role("link", name="English").click()
    expect(watching.status).to_contain_text("Live")


def test_embedded_page_is_the_picture_alone(viewer: Viewer) -> None:
    viewer.page.set_viewport_size({"width": 640, "height": 360})
    viewer.open("player.html?embed=1&controls=0")
    viewer.wait_for_state("live")
    assert viewer.page.locator(".stage").bounding_box() == {"x": 0, "y": 0, "width": 640, "height": 360}
    for hidden in ("header", "footer", ".controls"):
        expect(viewer.page.locator(hidden)).to_be_hidden()
    expect(viewer.status).to_contain_text("Live · WebRTC/UDP")


def test_embedded_page_is_the_picture_alone_from_the_first_one_on(viewer: Viewer) -> None:
    viewer.page.set_viewport_size({"width": 640, "height": 360})
    viewer.page.route("**/page.js", lambda route: None)
    viewer.page.goto(f"{viewer.origin}/web/player.html?embed=1", wait_until="commit")
    viewer.wait_for_state("live")
    assert viewer.page.locator(".stage").bounding_box() == {"x": 0, "y": 0, "width": 640, "height": 360}
    expect(viewer.page.locator("header")).to_be_hidden()


def test_browser_that_refuses_to_play_shows_a_button(viewer: Viewer) -> None:
    viewer.page.add_init_script(
        "HTMLMediaElement.prototype.play = async () => { throw new DOMException('', 'NotAllowedError'); };"
        "addEventListener('DOMContentLoaded', () => (document.querySelector('video').autoplay = false));"
    )
    viewer.open("player.html")
    viewer.wait_for_state("live")
    expect(viewer.page.locator("button.play")).to_be_visible()
    assert viewer.page.locator("button.play").get_attribute("aria-label") == "Play"


def test_bar_leaves_the_picture_and_returns_by_touch(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(has_touch=True)
    viewer.open("player.html")
    viewer.wait_for_state("live")
    stage = viewer.page.locator(".stage")
    expect(stage).to_have_class(re.compile("idle"), timeout=6000)
    viewer.page.touchscreen.tap(200, 200)
    expect(stage).not_to_have_class(re.compile("idle"))


@pytest.mark.parametrize("mode", MODES)
def test_sound_is_heard_where_there_is_sound(viewer: Viewer, mode: str) -> None:
    viewer.open(f"player.html?mode={mode}")
    viewer.wait_for_state("live")
    assert viewer.different_frames(30) >= 30  # a second of sound has had the time to arrive
    control = viewer.page.get_by_role("button", name="Turn sound on")
    if control.is_hidden():
        assert not viewer.stats.get("sound")
        pytest.skip("the publisher sends no sound")
    control.click()
    level = viewer.sound_level()
    print(f"{mode}: sound at {level:.3f} of full scale")
    assert level > SILENCE
    viewer.page.get_by_role("slider", name="Volume").fill("0")
    holds(viewer, "document.querySelector('video').muted")


SILENCE = 0.003
"""RMS of full scale: -50 dB."""


def test_state_of_the_page_shows_no_more_than_it_says(watching: Viewer) -> None:
    shown = json.loads(watching.page.evaluate("() => JSON.stringify({...window.envivo})"))
    assert {"mode", "path", "protocol", "state", "reason", "history", "firstFrameMs"} == set(shown)
