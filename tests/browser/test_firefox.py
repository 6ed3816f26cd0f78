"""Debian's Firefox, over WebDriver BiDi. Its H.264 for WebRTC is a plug-in that it fetches from the internet."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.patience import patient

from .jumps import JUMP, places_in, play_made, rows
from .lacking import ABSENT, FROZEN_DECODER, without
from .recording import made
from .test_trouble import SIGNALLING
from .viewer import Viewer

pytestmark = pytest.mark.proof
BLOCK_ALL = 5
"""media.autoplay.default: audio and video."""
OPENH264 = os.environ.get("ENVIVO_OPENH264")
"""A folder with the plug-in, libgmpopenh264.so and gmpopenh264.info, as Firefox fetches it."""
AS_IT_IS = dict.fromkeys(("color_scheme", "reduced_motion", "forced_colors", "contrast"), "null")
"""Firefox has no command to emulate them."""
WITH_H264 = {
    "media.gmp-gmpopenh264.enabled": True,
    "media.gmp-gmpopenh264.autoupdate": False,
    "media.gmp-gmpopenh264.version": "system-installed",
}


@pytest.fixture(scope="module")
def firefox(other_browsers: None, playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    launched: list[Browser] = []

    def make(**settings: bool | int) -> Browser:
        path = "/usr/bin/firefox-esr"
        prefs: dict[str, str | float | bool] = {
            "media.gmp-manager.updateEnabled": False,
            "media.autoplay.default": 0,
            **settings,
        }
        launched.append(
            playwright.firefox.launch(
                channel="moz-firefox",
                executable_path=path,
                firefox_user_prefs=prefs,
                env={**os.environ, **({"MOZ_GMP_PATH": OPENH264} if OPENH264 else {})},
            )
        )
        return launched[-1]

    yield make
    for browser in launched:
        browser.close()


@pytest.fixture(scope="module")
def usual(firefox: Callable[..., Browser]) -> Browser:
    return firefox()


@pytest.fixture
def viewer(usual: Browser, open_viewer: Callable[..., Viewer]) -> Viewer:
    return open_viewer(chromium=usual, **AS_IT_IS)


@pytest.mark.parametrize("page", ["player.html", "hls.html"])
def test_firefox_without_h264_for_webrtc_plays_hls_at_once(viewer: Viewer, page: str) -> None:
    viewer.watch(page)
    expect(viewer.page.locator(".badge")).to_have_text("Live · LL-HLS")
    print(f"first picture after {viewer.first_frame_ms} ms")
    assert viewer.different_frames(5) >= 5
    assert not [request for request in viewer.requests if SIGNALLING.search(request.url) and page == "hls.html"]
    assert viewer.complaints == []
    assert viewer.violations == []


def test_firefox_without_h264_is_not_said_to_decode_nothing(viewer: Viewer) -> None:
    viewer.open("player.html?mode=webrtc")
    viewer.wait_for_reason("rtc-codec")
    expect(viewer.status).to_contain_text("HLS, below, may play it")


if OPENH264:  # nothing in Debian brings it

    @pytest.mark.parametrize(
        "lacks",
        [
            [],
            [ABSENT["stats transport"]],  # before 153
            list(ABSENT.values()),
        ],
    )
    def test_firefox_with_h264_plays_webrtc_and_keeps_a_session_that_stands_still(
        firefox: Callable[..., Browser], open_viewer: Callable[..., Viewer], lacks: list[str]
    ) -> None:
        viewer = open_viewer(chromium=firefox(**WITH_H264), **AS_IT_IS)
        viewer.page.add_init_script(without(*lacks, FROZEN_DECODER))
        viewer.watch("player.html")
        expect(viewer.page.locator(".badge")).to_contain_text("Live · WebRTC/")
        assert viewer.different_frames(5) >= 5
        viewer.page.evaluate("() => window.freeze(true)")
        viewer.wait_for_reason("still")
        viewer.page.wait_for_timeout(3500)
        viewer.page.evaluate("() => window.freeze(false)")
        viewer.wait_for_state("live")
        assert set(viewer.reasons) <= {"still", "no-picture"}


def test_firefox_that_refuses_to_play_shows_a_button_and_nothing_live(
    firefox: Callable[..., Browser], open_viewer: Callable[..., Viewer]
) -> None:
    viewer = open_viewer(chromium=firefox(**{"media.autoplay.default": BLOCK_ALL}), **AS_IT_IS)
    viewer.open("player.html?mode=hls")
    play = viewer.page.locator("button.play")
    expect(play).to_be_visible()
    expect(viewer.page.locator(".badge")).to_have_text("Paused")
    play.click()
    expect(viewer.page.locator(".badge")).to_contain_text("Live")
    assert viewer.different_frames(5) >= 5


def test_firefox_plays_any_place_of_a_recording(viewer: Viewer) -> None:
    body = made(300)
    play_made(viewer, body)
    places = places_in(300, 30)
    assert viewer.page.evaluate(JUMP, [places, patient(10) * 1000]) == [], f"of {places}"
    assert viewer.complaints == []


def test_firefox_lists_paths_and_recordings(viewer: Viewer) -> None:
    viewer.open("index.html")
    expect(viewer.page.locator(".card .badge").first).to_have_text("Live")
    viewer.open("recordings.html")
    expect(rows(viewer).first).to_be_visible()
    expect(viewer.page.locator("li.pictured").last).to_be_visible()
    assert viewer.complaints == []
    assert viewer.violations == []
