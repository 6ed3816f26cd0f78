"""Debian's Firefox, over Marionette. Its H.264 for WebRTC is a plug-in that it fetches from the internet."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import patient

from . import marionette
from .jumps import JUMP, places_in
from .lacking import ABSENT, FROZEN_DECODER, without
from .marionette import Firefox
from .recording import made
from .shelf import shelf

pytestmark = pytest.mark.proof
BLOCK_ALL = 5
"""media.autoplay.default: audio and video."""
OPENH264 = os.environ.get("ENVIVO_OPENH264", "")
"""A folder with the plug-in, libgmpopenh264.so and gmpopenh264.info, as Firefox fetches it."""
PREFERENCES: dict[str, bool | int | str] = {
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-gmpopenh264.autoupdate": False,
    "media.gmp-gmpopenh264.version": "system-installed",
    "media.gmp-gmpopenh264.enabled": bool(OPENH264),
}
BADGE = "return document.querySelector('.badge').textContent"
MOVES = """
const done = arguments[arguments.length - 1];
const video = document.querySelector('video');
const count = () => video.getVideoPlaybackQuality().totalVideoFrames;
const from = count();
setTimeout(() => done(count() - from), 2000);
"""


@pytest.fixture
def preferences(request: pytest.FixtureRequest) -> dict[str, bool | int]:
    return dict(getattr(request, "param", {}))


@pytest.fixture
def firefox(other_browsers: None, preferences: dict[str, bool | int], tmp_path: Path) -> Iterator[Firefox]:
    with marionette.firefox(tmp_path, {**PREFERENCES, **preferences}, OPENH264) as firefox:
        yield firefox


if OPENH264:  # nothing in Debian brings it

    @pytest.mark.parametrize("lacks", [[], [ABSENT["stats transport"]], list(ABSENT.values())])
    def test_firefox_with_h264_plays_webrtc_and_keeps_a_session_that_stands_still(
        firefox: Firefox, origin: str, lacks: list[str]
    ) -> None:
        firefox.open(f"{origin}/web/index.html")
        firefox.open(f"{origin}/web/player.html")
        firefox.holds("window.envivo?.state === 'live'")
        assert firefox.run(BADGE).startswith("Live · WebRTC")
        assert firefox.later(MOVES) > 5
        firefox.run(without(*lacks, FROZEN_DECODER) + ";window.freeze(true)")
        firefox.holds("window.envivo.history.some(({reason}) => reason === 'still')")
        firefox.later("setTimeout(arguments[arguments.length - 1], 3500)")
        firefox.run("window.freeze(false)")
        firefox.holds("window.envivo.state === 'live'")
        reasons = firefox.run("return window.envivo.history.map(({reason}) => reason).filter(Boolean)")
        assert set(reasons) <= {"still", "no-picture"}

else:

    @pytest.mark.parametrize("page", ["player.html", "hls.html"])
    def test_firefox_without_h264_for_webrtc_plays_hls_at_once(firefox: Firefox, origin: str, page: str) -> None:
        firefox.open(f"{origin}/web/{page}")
        firefox.holds("window.envivo?.state === 'live'")
        assert firefox.run(BADGE) == "Live · LL-HLS"
        assert firefox.later(MOVES) > 5

    def test_firefox_without_h264_is_told_of_another_way(firefox: Firefox, origin: str) -> None:
        firefox.open(f"{origin}/web/player.html?mode=webrtc")
        firefox.holds("window.envivo?.history.some(({reason}) => reason === 'rtc-codec')")
        assert "HLS, below, may play it" in firefox.run("return document.querySelector('[role=status]').textContent")


@pytest.mark.parametrize(
    "preferences", [{"media.autoplay.default": BLOCK_ALL, "media.autoplay.blocking_policy": 0}], indirect=True
)
def test_firefox_that_refuses_to_play_shows_a_button_and_nothing_live(firefox: Firefox, origin: str) -> None:
    firefox.open(f"{origin}/web/player.html?mode=hls")
    firefox.holds("!document.querySelector('button.play').hidden")
    assert firefox.run(BADGE) == "Paused"
    firefox.click("button.play")
    firefox.holds("document.querySelector('.badge').textContent.startsWith('Live')")
    assert firefox.later(MOVES) > 5


def test_firefox_plays_any_place_of_a_recording(firefox: Firefox) -> None:
    with shelf(made(300)) as origin:
        firefox.open(f"{origin}/web/recordings.html?path=webcam")
        firefox.holds("document.querySelector('.segments li[data-state] button')")
        firefox.click(".segments li[data-state] button")
        firefox.holds("document.querySelector('video').currentTime > 0.5")
        places = places_in(300, 20)
        script = f"const done = arguments[1]; ({JUMP})(arguments[0]).then(done, error => done([String(error)]))"
        assert firefox.later(script, [places, patient(10) * 1000]) == [], f"of {places}"
