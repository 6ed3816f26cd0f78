"""What a viewer can do: with buttons, with keys, by touch, and by the address."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from .lacking import REFUSED_AUTOPLAY
from .sessions import wait_until_gone
from .viewer import PATH, Viewer


def holds(viewer: Viewer, expression: str) -> None:
    """Wait until something is true in the page."""
    viewer.page.wait_for_function(f"() => {{ const video = document.querySelector('video'); return {expression} }}")


@pytest.mark.parametrize("mode", ["webrtc", pytest.param("hls", marks=pytest.mark.proof)])
def test_pause_receives_nothing_and_go_live_is_live(viewer: Viewer, mode: str) -> None:
    viewer.watch(f"player.html?mode={mode}")
    viewer.page.get_by_role("button", name="Pause", exact=True).click()
    viewer.wait_for_state("stopped")
    expect(viewer.status).to_contain_text("Paused")
    assert viewer.page.evaluate("() => document.querySelector('.still').width") > 0
    for session in viewer.session_urls():
        wait_until_gone(session)
    asked = len(viewer.requests)
    viewer.page.wait_for_timeout(1000)  # HLS would have asked five times
    assert len(viewer.requests) == asked
    viewer.page.get_by_role("button", name="Go live").last.click()
    viewer.wait_for_state("live")
    expect(viewer.page.locator(".still")).to_be_hidden()
    assert viewer.different_frames(5) >= 5


@pytest.mark.proof
def test_what_is_behind_goes_live(viewer: Viewer) -> None:
    viewer.watch("player.html?mode=hls")
    edge = viewer.page.locator("button.edge")
    for go_live in (
        lambda: edge.click(),
        lambda: viewer.page.keyboard.press("l"),
        lambda: viewer.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))"),  # looks again
    ):
        holds(viewer, "video.buffered.length && video.currentTime - video.buffered.start(0) > 6")
        expect(edge).to_be_hidden()
        viewer.page.evaluate("() => (document.querySelector('video').currentTime -= 6)")
        expect(edge).to_be_visible()
        behind = viewer.stats["latencyMs"]
        go_live()
        expect(edge).to_be_hidden()
        assert viewer.stats["latencyMs"] < behind


@pytest.mark.proof
def test_picture_that_the_browser_paused_does_not_pass_for_live(watching: Viewer) -> None:
    watching.page.evaluate("() => document.querySelector('video').pause()")
    expect(watching.status).to_contain_text("Paused")
    watching.page.get_by_role("button", name="Go live").first.click()
    expect(watching.status).to_contain_text("Live")
    assert watching.different_frames(5) >= 5


def test_every_key_does_what_the_sheet_says(watching: Viewer, tmp_path: Path) -> None:
    keys, numbers = watching.page.keyboard, watching.page.get_by_role("region", name="Statistics of the stream")
    keys.press("m")
    holds(watching, "!video.muted && location.search.includes('muted=0')")
    keys.press("ArrowDown")
    holds(watching, "Math.abs(video.volume - 0.9) < 0.01")
    keys.press("ArrowUp")
    holds(watching, "video.volume === 1 && !location.search.includes('volume')")
    keys.press("M")
    holds(watching, "video.muted && !location.search.includes('muted')")
    keys.press("i")
    expect(numbers).to_be_visible()
    holds(watching, "location.search.includes('numbers=1')")
    keys.press("i")
    expect(numbers).to_be_hidden()
    keys.press("f")
    holds(watching, "document.fullscreenElement !== null")
    keys.press("f")
    holds(watching, "document.fullscreenElement === null")
    keys.press("p")
    holds(watching, "document.pictureInPictureElement === video")
    keys.press("p")
    holds(watching, "document.pictureInPictureElement === null")
    with watching.page.expect_download() as download:
        keys.press("s")
    download.value.save_as(tmp_path / "shot.png")
    assert re.fullmatch(rf"{PATH}_\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{{3}}Z\.png", download.value.suggested_filename)
    head = (tmp_path / "shot.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (watching.stats["width"], watching.stats["height"])
    keys.press("k")
    watching.wait_for_state("stopped")
    keys.press(" ")
    watching.wait_for_state("live")
    keys.press("?")
    sheet = watching.page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    keys.press("k")  # typed before the sheet, meant for nothing behind it
    assert watching.page.evaluate("() => window.envivo.state") != "stopped"
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    assert watching.violations == []


@pytest.mark.proof
def test_buttons_do_what_they_say(watching: Viewer) -> None:
    button = watching.page.get_by_role("button", name="Picture in picture")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    holds(watching, "document.pictureInPictureElement === video")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    watching.page.get_by_role("button", name="Full screen").click()
    holds(watching, "document.fullscreenElement !== null")
    watching.page.get_by_role("button", name="Leave full screen").click()
    holds(watching, "document.fullscreenElement === null")
    with watching.page.expect_download():
        watching.page.get_by_role("button", name="Save the picture").click()


@pytest.mark.proof
def test_what_the_browser_lacks_has_no_button(viewer: Viewer) -> None:
    viewer.page.add_init_script(
        "Object.defineProperty(Document.prototype, 'pictureInPictureEnabled', {value: false});"
        "delete Element.prototype.requestFullscreen;"
    )
    viewer.watch("player.html")
    expect(viewer.page.get_by_role("button", name="Save the picture")).to_be_visible()
    for lacking in ("Picture in picture", "Full screen"):
        expect(viewer.page.get_by_role("button", name=lacking)).to_be_hidden()


@pytest.mark.proof
def test_keys_can_be_switched_off(watching: Viewer) -> None:
    watching.page.get_by_role("button", name="Keys").click()
    watching.page.get_by_label("Keys are on").uncheck()
    watching.page.get_by_role("button", name="Close").click()
    watching.page.keyboard.press("k")
    watching.page.wait_for_timeout(300)
    assert watching.page.evaluate("() => window.envivo.state") != "stopped"
    watching.page.reload()
    watching.page.get_by_role("button", name="Keys").click()
    expect(watching.page.get_by_label("Keys are on")).not_to_be_checked()


@pytest.mark.proof
def test_address_brings_back_what_was_seen(viewer: Viewer) -> None:
    viewer.watch("player.html?mode=hls&numbers=1&muted=0&volume=0.3")
    expect(viewer.page.get_by_role("region", name="Statistics of the stream")).to_be_visible()
    holds(viewer, "!video.muted && Math.abs(video.volume - 0.3) < 0.01")
    assert viewer.protocol == "hls"


@pytest.mark.proof
def test_browser_that_refuses_sound_plays_without(
    launch: Callable[..., Browser], open_viewer: Callable[..., Viewer]
) -> None:
    viewer = open_viewer(chromium=launch("--autoplay-policy=document-user-activation-required"))
    viewer.watch("player.html?muted=0")
    assert viewer.different_frames(5) >= 5


def test_page_speaks_the_language_of_the_browser_until_another_is_chosen(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(locale="es-MX")
    viewer.watch("player.html?mode=webrtc")
    expect(viewer.status).to_contain_text("En directo")
    expect(viewer.page.get_by_role("button", name="Pantalla completa")).to_be_visible()
    assert viewer.page.evaluate("() => document.documentElement.lang") == "es"
    viewer.page.get_by_role("link", name="English").click()
    expect(viewer.status).to_contain_text("Live")
    assert "mode=webrtc" in viewer.page.url
    viewer.open("player.html")
    expect(viewer.status).to_contain_text("Live")
    assert viewer.page.evaluate("() => document.documentElement.lang") == "en"


def test_embedded_page_is_the_picture_alone(viewer: Viewer) -> None:
    viewer.page.set_viewport_size({"width": 640, "height": 360})
    viewer.watch("player.html?embed=1&controls=0")
    assert viewer.page.locator(".stage").bounding_box() == {"x": 0, "y": 0, "width": 640, "height": 360}
    for hidden in ("header", "footer", ".controls"):
        expect(viewer.page.locator(hidden)).to_be_hidden()
    expect(viewer.status).to_contain_text(f"Live · WebRTC/{viewer.stats['transport'].upper()}")


@pytest.mark.proof
def test_embedded_page_is_the_picture_alone_from_the_first_one_on(viewer: Viewer) -> None:
    viewer.page.set_viewport_size({"width": 640, "height": 360})
    viewer.page.route("**/page.js", lambda route: None)
    viewer.page.goto(f"{viewer.origin}/web/player.html?embed=1", wait_until="commit")
    viewer.wait_for_state("live")
    assert viewer.page.locator(".stage").bounding_box() == {"x": 0, "y": 0, "width": 640, "height": 360}
    expect(viewer.page.locator("header")).to_be_hidden()


@pytest.mark.parametrize("mode", ["webrtc", pytest.param("hls", marks=pytest.mark.proof)])
def test_browser_that_refuses_to_play_shows_a_button_and_nothing_live(viewer: Viewer, mode: str) -> None:
    viewer.page.add_init_script(REFUSED_AUTOPLAY)
    viewer.open(f"player.html?mode={mode}")
    play = viewer.page.locator("button.play")
    expect(play).to_be_visible()
    assert play.get_attribute("aria-label") == "Play"
    if mode == "webrtc":
        viewer.wait_for_state("live")  # what arrives; the picture stands still
    expect(viewer.page.locator(".badge")).to_have_text("Paused")
    assert viewer.page.locator("main").get_attribute("data-state") == "stopped"
    play.click()
    expect(viewer.page.locator(".badge")).to_contain_text("Live")
    assert viewer.different_frames(5) >= 5


@pytest.mark.proof
def test_bar_leaves_the_picture_and_returns_by_touch(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(has_touch=True)
    viewer.watch("player.html")
    stage = viewer.page.locator(".stage")
    expect(stage).to_have_class(re.compile("idle"))
    viewer.page.touchscreen.tap(200, 200)
    expect(stage).not_to_have_class(re.compile("idle"))
