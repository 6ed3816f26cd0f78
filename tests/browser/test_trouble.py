"""Faults that the page names, with their cause, and recovers from where it can."""

import re

import pytest
from playwright.sync_api import Route, expect

from .answers import refusal, refusing
from .lacking import ABSENT, FROZEN_DECODER, without
from .viewer import LIVE_WITHIN_MS, PATH, Viewer

NOBODY = "envivo-browser-test/nobody"
SIGNALLING = re.compile(rf"/webrtc/whep/{PATH}$")
SESSION = re.compile(rf"/webrtc/whep/{PATH}/[0-9a-f-]+$")
PLAYLIST = re.compile(rf"/hls/{PATH}/index\.m3u8")
CLOSED_PORT = "9"
PAGES = [("player.html", SIGNALLING), pytest.param("hls.html", PLAYLIST, marks=pytest.mark.proof)]
NOT_LIVE = refusal(404, f"no stream is available on path '{PATH}'")


@pytest.mark.parametrize("page", ["player.html", pytest.param("hls.html", marks=pytest.mark.proof)])
def test_page_waits_where_nobody_publishes(viewer: Viewer, page: str) -> None:
    viewer.open(f"{page}?path={NOBODY}")
    viewer.wait_for_state("offline")
    expect(viewer.status).to_contain_text("Offline")
    expect(viewer.status).to_contain_text(NOBODY)
    assert viewer.history[-1]["reason"] in ("unknown-path", "not-live")
    assert viewer.history[-1]["retryMs"] is not None
    assert viewer.first_frame_ms is None


@pytest.mark.parametrize(("page", "asked"), PAGES)
def test_page_goes_live_by_itself_when_the_stream_starts(viewer: Viewer, page: str, asked: re.Pattern[str]) -> None:
    answers = iter([NOT_LIVE, NOT_LIVE])

    def not_yet(route: Route) -> None:
        body = next(answers, None)
        if body is None:
            route.continue_()
        else:
            route.fulfill(**body)

    viewer.page.route(asked, not_yet)
    viewer.open(page)
    viewer.wait_for_state("live")
    assert [entry["reason"] for entry in viewer.history if entry["state"] == "offline"] == ["not-live"] * 2
    assert viewer.different_frames(5) >= 5


@pytest.mark.parametrize(("page", "asked"), PAGES)
def test_page_says_that_the_server_cannot_be_reached(viewer: Viewer, page: str, asked: re.Pattern[str]) -> None:
    viewer.page.route(asked, lambda route: route.abort("connectionrefused"))
    viewer.open(page)
    viewer.wait_for_reason("unreachable")
    expect(viewer.status).to_contain_text("cannot be reached")


@pytest.mark.proof
@pytest.mark.parametrize(("page", "asked"), PAGES)
def test_page_tells_a_restarting_server_from_an_unreachable_one(
    viewer: Viewer, page: str, asked: re.Pattern[str]
) -> None:
    viewer.page.route(asked, refusing(502))
    viewer.open(page)
    viewer.wait_for_reason("restarting")
    expect(viewer.status).to_contain_text("does not answer")


def misdirect(viewer: Viewer) -> None:
    """From now on no media gets through: the server's candidates name a port where nobody is."""

    def answer(route: Route) -> None:
        answered = route.fetch()
        body = re.sub(r"(a=candidate:\S+ \d \S+ \d+ \S+) \d+ ", rf"\1 {CLOSED_PORT} ", answered.text())
        route.fulfill(response=answered, body=body)

    viewer.page.route(SIGNALLING, answer)
    # else the server learns where the viewer is, and gets through from its side
    viewer.page.route(SESSION, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())


def let_through(viewer: Viewer) -> None:
    viewer.page.unroute(SIGNALLING)
    viewer.page.unroute(SESSION)


@pytest.mark.proof
def test_forced_webrtc_names_the_port_through_which_no_video_gets(viewer: Viewer) -> None:
    misdirect(viewer)
    viewer.open("player.html?mode=webrtc")
    viewer.wait_for_reason("blocked")
    expect(viewer.status).to_contain_text("Not connected")
    expect(viewer.status).to_contain_text(f"a firewall block UDP and TCP {CLOSED_PORT}?")


@pytest.mark.proof
def test_player_falls_to_hls_and_returns_without_a_gap(viewer: Viewer) -> None:
    misdirect(viewer)
    viewer.watch("player.html")
    assert viewer.protocol == "hls"
    expect(viewer.status).to_contain_text("Live · LL-HLS")
    print(f"first picture after {viewer.first_frame_ms} ms, over LL-HLS")
    assert viewer.different_frames(5) >= 5

    let_through(viewer)
    viewer.page.evaluate("() => dispatchEvent(new Event('online'))")
    viewer.page.wait_for_function("() => window.envivo.protocol === 'webrtc'")
    expect(viewer.status).to_contain_text("Live · WebRTC/UDP")
    assert viewer.different_frames(5) >= 5
    assert viewer.went_over("hls", "webrtc"), viewer.history
    assert "blocked" not in viewer.reasons  # HLS took over; nobody was told of an error
    assert viewer.violations == []


@pytest.mark.parametrize(
    ("lacks", "page", "words"),
    [
        (list(ABSENT.values()), "player.html?numbers=1", "WebRTC/"),
        (["delete window.RTCPeerConnection"], "player.html", "LL-HLS"),
        *(
            pytest.param(*row, marks=pytest.mark.proof)
            for row in (
                (list(ABSENT.values()), "player.html?mode=hls&numbers=1", "LL-HLS"),
                (["delete AbortSignal.timeout"], "player.html", "LL-HLS"),  # WebRTC needs it
                (["delete window.MediaSource"], "player.html", "WebRTC/"),
                (["delete window.MediaSource"], "player.html?mode=hls", "HLS"),  # as an old iPhone does
                *(([script], "player.html?numbers=1", "WebRTC/") for script in ABSENT.values()),
            )
        ),
    ],
)
def test_browser_that_lacks_something_plays_with_what_it_has(
    viewer: Viewer, lacks: list[str], page: str, words: str
) -> None:
    viewer.page.add_init_script(without(*lacks))
    viewer.watch(page)
    # UDP or TCP is ICE's own choice (docs/explanation/player.md#webrtc-or-hls); the badge names the one that it took
    exact = words + viewer.stats["transport"].upper() if words.endswith("/") else words
    expect(viewer.page.locator(".badge")).to_have_text(f"Live · {exact}")
    assert viewer.different_frames(5) >= 5
    assert viewer.violations == []


@pytest.mark.parametrize(
    "lacks",
    [
        [ABSENT["stats transport"], ABSENT["requestsReceived"], ABSENT["responsesReceived"]],  # Firefox before 142
        pytest.param([ABSENT["stats transport"]], marks=pytest.mark.proof),
    ],
)
def test_still_picture_is_no_lost_connection_where_the_browser_counts_less(viewer: Viewer, lacks: list[str]) -> None:
    viewer.page.add_init_script(without(*lacks, FROZEN_DECODER))
    viewer.watch("player.html?mode=webrtc")
    viewer.page.evaluate("() => window.freeze(true)")
    viewer.wait_for_reason("still")
    expect(viewer.status).to_contain_text("is frozen")
    # long enough for what is called silent (player/js/webrtc/stall_detector.js)
    viewer.page.wait_for_timeout(3500)
    viewer.page.evaluate("() => window.freeze(false)")
    viewer.wait_for_state("live")
    assert set(viewer.reasons) <= {"still", "no-picture"}
    if "no-picture" not in viewer.reasons:
        assert len(viewer.session_urls()) == 1


@pytest.mark.proof
def test_codec_that_webrtc_lacks_is_not_said_to_be_the_end(viewer: Viewer) -> None:
    viewer.page.route(SIGNALLING, refusing(400, "codecs not supported by client"))
    viewer.open("player.html?mode=webrtc")
    viewer.wait_for_reason("rtc-codec")
    expect(viewer.status).to_contain_text("HLS, below, may play it")
    viewer.watch("player.html")
    expect(viewer.page.locator(".badge")).to_have_text("Live · LL-HLS")


@pytest.mark.parametrize("page", ["player.html", pytest.param("hls.html", marks=pytest.mark.proof)])
def test_browser_that_can_play_nothing_is_told(viewer: Viewer, page: str) -> None:
    viewer.page.add_init_script(
        "delete window.RTCPeerConnection; delete window.MediaSource; HTMLMediaElement.prototype.canPlayType = () => ''"
    )
    viewer.open(page)
    viewer.wait_for_reason("unsupported")
    expect(viewer.status).to_contain_text("This browser cannot play")


@pytest.mark.proof
def test_countdown_tells_when_the_next_attempt_comes(viewer: Viewer) -> None:
    viewer.page.route(SIGNALLING, refusing(400, "maximum reader count reached"))
    viewer.open("player.html?mode=webrtc")
    viewer.page.wait_for_function("() => /retrying in \\d s/.test(document.querySelector('.countdown')?.textContent)")
    assert viewer.page.locator("[role=status] .countdown").count() == 0


@pytest.mark.proof
def test_hls_page_names_the_part_that_is_missing_and_loads_it_again(viewer: Viewer) -> None:
    library = re.compile(r"/hls\.min\.js$")
    viewer.page.route(library, lambda route: route.fulfill(status=404))
    viewer.open("hls.html")
    viewer.wait_for_state("error")
    expect(viewer.status).to_contain_text("vendor/hls.min.js")
    viewer.page.unroute(library)
    viewer.wait_for_state("live")


@pytest.mark.parametrize(
    "part", ["play.js", *(pytest.param(part, marks=pytest.mark.proof) for part in ("page.js", "en.js"))]
)
def test_page_that_was_half_loaded_is_loaded_anew(viewer: Viewer, part: str) -> None:
    viewer.page.route(f"**/{part}", lambda route: route.abort("connectionreset"))
    viewer.open("player.html")
    viewer.page.wait_for_selector("main[data-state=reconnecting]")
    viewer.page.unroute(f"**/{part}")
    expect(viewer.status).to_contain_text("Live", timeout=LIVE_WITHIN_MS)
    assert viewer.different_frames(5) >= 5


@pytest.mark.proof
def test_picture_does_not_wait_for_its_surroundings(viewer: Viewer) -> None:
    viewer.page.route(re.compile(r"/(controls|panel)\.css$"), lambda route: None)
    viewer.page.goto(f"{viewer.origin}/web/player.html", wait_until="commit")
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
    expect(viewer.status).to_contain_text("Live")


def test_page_refuses_a_name_that_no_stream_can_have(viewer: Viewer) -> None:
    viewer.open("player.html?path=..%2Fwebcam")  # more names: tests/unit/player
    expect(viewer.status).to_contain_text("not a valid stream name")
