"""A network that is really too thin: what the badge says, which way plays, how often that changes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.patience import patient

from .bed import ANYBODY, bed
from .conftest import ARGUMENTS, CHROMIUM
from .studio import Stream, publishing
from .viewer import LIVE_WITHIN_MS, Viewer

from lossy_network import Condition, Link  # isort: skip (of tests/bench, which bed.py adds to the path)

NUMBER = 77
"""Of the link's network, 10.99.77.0/24."""
KBIT = 1500
CONSTANT = {
    "g": "15", "bf": "0", "preset": "ultrafast", "tune": "zerolatency", "b": f"{KBIT}k", "maxrate": f"{KBIT}k",
    "bufsize": f"{KBIT // 5}k", "x264-params": "nal-hrd=cbr:force-cfr=1",
}  # fmt: skip
LEFT_WITHIN_MS = patient(25) * 1000
BACK_WITHIN_MS = patient(90) * 1000  # after 30 s, and later where HLS has to stop meanwhile


@pytest.fixture(scope="module")
def link() -> Iterator[Link]:
    made = Link(NUMBER)
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture(scope="module")
def origin(link: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        bed(tmp_path_factory.mktemp("thin"), {"thin": ANYBODY}) as made,
        publishing(made.ingest("thin"), Stream("libx264", CONSTANT)),
    ):
        made.wait_for("thin")
        yield made.origin.replace("127.0.0.1", link.server)


@pytest.fixture(scope="module")
def behind(playwright: Playwright, link: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium at the far end of the link."""
    program = tmp_path_factory.mktemp("behind") / "chromium"
    program.write_text(f'#!/bin/sh\nexec {" ".join(link.prefix)} {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
    yield chromium
    chromium.close()


def ways(viewer: Viewer) -> list[str]:
    """How pictures came, one after the other."""
    live = [entry["protocol"] for entry in viewer.history if entry["state"] == "live"]
    return [way for before, way in zip([None, *live], live, strict=False) if way != before]


PLAYS = "wanted => window.envivo.protocol === wanted && window.envivo.state === 'live'"


@pytest.mark.proof
@pytest.mark.parametrize("way", ["udp", "tcp"])
def test_thin_network_is_left_for_hls_once_and_webrtc_is_back_with_the_network(
    open_viewer: Callable[..., Viewer], behind: Browser, link: Link, way: str
) -> None:
    """A viewer whom another network was promised makes a trial come while this one is thin: it fails."""
    viewer = open_viewer(chromium=behind)
    with link.filtered("udp dport 1024-65535 drop" if way == "tcp" else ""):
        viewer.watch("player.html?path=thin")
        expect(viewer.page.locator(".badge")).to_have_text(f"Live · WebRTC/{way.upper()}")
        with link.under(Condition("thin", rate=0.8), KBIT):
            viewer.page.wait_for_function(PLAYS, arg="hls", timeout=LEFT_WITHIN_MS)
            expect(viewer.status).to_contain_text("the network is too slow for WebRTC")
            tried = len(viewer.session_urls())
            viewer.page.evaluate("() => dispatchEvent(new Event('online'))")  # a trial, now
            viewer.page.wait_for_function(
                "wanted => performance.getEntriesByType('resource')"
                ".filter(({name}) => /whep\\/thin$/.test(name)).length > wanted",
                arg=tried,
                timeout=LIVE_WITHIN_MS,
            )
            viewer.page.wait_for_timeout(patient(4) * 1000)
            assert ways(viewer) == ["webrtc", "hls"], viewer.history
        viewer.page.wait_for_function(PLAYS, arg="webrtc", timeout=BACK_WITHIN_MS)
        assert viewer.different_frames(5) >= 5
        assert ways(viewer) == ["webrtc", "hls", "webrtc"]


def test_badge_tells_how_old_a_picture_is_that_waited_in_a_queue(
    open_viewer: Callable[..., Viewer], behind: Browser, link: Link
) -> None:
    viewer = open_viewer(chromium=behind)
    with link.filtered("udp dport 1024-65535 drop"):
        viewer.watch("player.html?mode=webrtc&path=thin")
        badge, age = viewer.page.locator(".badge"), viewer.page.locator(".countdown")
        expect(badge).to_have_text("Live · WebRTC/TCP")
        expect(age).to_have_text("")
        with link.under(Condition("thin", rate=0.6), KBIT):
            expect(badge).not_to_contain_text("Live", timeout=LEFT_WITHIN_MS)
            expect(age).to_contain_text("s ago")
        expect(badge).to_have_text("Live · WebRTC/TCP", timeout=LIVE_WITHIN_MS)
        expect(age).to_have_text("")


def test_badge_tells_how_far_behind_hls_is(open_viewer: Callable[..., Viewer], behind: Browser) -> None:
    viewer = open_viewer(chromium=behind)
    viewer.watch("player.html?mode=hls&path=thin")
    badge, age = viewer.page.locator(".badge"), viewer.page.locator(".countdown")
    expect(badge).to_have_text("Live · LL-HLS")
    # a stream does not begin at 0, and what is not buffered is not jumped to
    viewer.page.wait_for_function(
        "() => (({currentTime, buffered}) => buffered.length && currentTime > buffered.start(0) + 8)"
        "(document.querySelector('video'))"
    )
    viewer.page.evaluate("() => { document.querySelector('video').currentTime -= 7; }")
    expect(badge).to_have_text("Delayed · LL-HLS")
    expect(age).to_contain_text("s ago")
    viewer.page.keyboard.press("l")
    expect(badge).to_have_text("Live · LL-HLS")
    expect(age).to_have_text("")
