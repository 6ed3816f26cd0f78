"""Streams as cameras, OBS and phones send them: what can be played is played, and what cannot is called so."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.patience import patient

from .bed import Bed
from .studio import Stream, publishing
from .viewer import Viewer

NAMED_WITHIN_MS = patient(10) * 1000
"""A stream that cannot be played is called so."""
BASELINE = {"g": "15", "bf": "0", "preset": "ultrafast", "tune": "zerolatency"}


STREAMS = {
    "plain": Stream("libx264", BASELINE),
    "b-frames": Stream("libx264", {"g": "15", "bf": "2", "preset": "ultrafast"}),  # OBS as it comes
    "b-frames-aac": Stream("libx264", {"g": "15", "bf": "3", "preset": "ultrafast"}, "aac"),
    "h265": Stream("libx265", {"preset": "ultrafast", "x265-params": "bframes=0:keyint=15:log-level=error"}),
    "h265-opus": Stream("libx265", {"preset": "ultrafast", "x265-params": "keyint=15:log-level=error"}, "libopus"),
    "h264-422": Stream("libx264", {**BASELINE, "profile": "high422", "pix_fmt": "yuv422p"}),
    "mjpeg": Stream("mjpeg", {"pix_fmt": "yuvj420p"}),
    "mpeg4": Stream("mpeg4", {"g": "15"}),
    "vp8": Stream("libvpx", {"g": "15", "deadline": "realtime"}),
    "aac": Stream(audio="aac"),
    "opus": Stream(audio="libopus"),
}


@pytest.fixture(scope="module")
def origin(streams: Bed) -> str:
    return streams.origin


OVER_HLS = "() => window.envivo?.state === 'live' && window.envivo.protocol === 'hls'"


def posts(viewer: Viewer) -> int:
    return len([one for one in viewer.requests if one.method == "POST"])


def stream(*names: str, proof: bool = False) -> pytest.MarkDecorator:
    marks = [pytest.mark.proof] if proof else []
    return pytest.mark.parametrize("sent", [pytest.param(name, marks=marks) for name in names], indirect=True)


@pytest.mark.parametrize(
    ("sent", "locale", "words"),
    [
        ("b-frames", "en-US", "B-frames, which WebRTC does not support"),
        pytest.param("b-frames-aac", "es-ES", "fotogramas B", marks=pytest.mark.proof),
    ],
    indirect=["sent"],
)
def test_b_frames_are_played_by_hls_and_named(
    open_viewer: Callable[..., Viewer], sent: str, locale: str, words: str
) -> None:
    viewer = open_viewer(locale=locale)
    viewer.open(f"player.html?path={sent}")
    viewer.page.wait_for_function(OVER_HLS)
    expect(viewer.status).to_contain_text(words)
    assert viewer.different_frames(5) >= 5
    print(f"first picture after {viewer.first_frame_ms} ms")
    # a session that begins with a key frame shows it before it is ended: two of them are enough to know
    tried = posts(viewer)
    assert tried <= 3
    # no session would do better, so none is tried while the stream lasts
    viewer.page.evaluate("() => dispatchEvent(new Event('online'))")
    assert viewer.different_frames(20) >= 20
    assert posts(viewer) == tried
    assert {*viewer.reasons} <= {"ended"}


WAYS = ("player.html?", "player.html?mode=webrtc&", "player.html?mode=hls&")


def named(viewer: Viewer, words: str) -> None:
    """The page says why there is no picture, and goes on saying it."""
    expect(viewer.status).to_contain_text(words, timeout=NAMED_WITHIN_MS)
    assert viewer.first_frame_ms is None
    assert viewer.page.evaluate("() => document.querySelector('main').dataset.state") == "error"


@pytest.mark.parametrize("held", [False, pytest.param(True, marks=pytest.mark.proof)])
@pytest.mark.parametrize(
    ("sent", "way", "words"),
    [
        ("h265", WAYS[0], "cannot decode the video of “h265” (hvc1"),
        *(
            pytest.param(sent, way, words, marks=pytest.mark.proof)
            for sent, way, words in (
                ("h265", WAYS[1], "HLS, below, may play it"),
                ("h265", WAYS[2], "cannot decode the video of “h265” (hvc1"),
                ("h265-opus", WAYS[0], "cannot decode the video of “h265-opus” (hvc1"),
                ("mjpeg", WAYS[0], "in its publisher"),
                ("mjpeg", WAYS[1], "in its publisher"),
                ("mjpeg", WAYS[2], "has no HLS"),
                ("mpeg4", WAYS[0], "in its publisher"),
                ("vp8", WAYS[2], "has no HLS"),
            )
        ),
    ],
    indirect=["sent"],
)
def test_stream_that_cannot_be_played_is_called_so(viewer: Viewer, sent: str, way: str, words: str, held: bool) -> None:
    if held:  # as browsers do that refuse to begin by themselves, and headsets, and systems
        viewer.page.add_init_script(
            "HTMLMediaElement.prototype.play = function () { this.pause(); return Promise.reject() }"
        )
        viewer.page.add_init_script(
            "addEventListener('DOMContentLoaded', () => (document.querySelector('video').autoplay = false))"
        )
    viewer.open(f"{way}path={sent}")
    named(viewer, words)


@pytest.mark.proof
@pytest.mark.parametrize("way", WAYS)
@stream("h264-422")
def test_stream_whose_frames_are_not_decoded_is_not_waited_for_in_silence(viewer: Viewer, sent: str, way: str) -> None:
    viewer.open(f"{way}path={sent}")
    said = "() => window.envivo?.history.some(({reason}) => reason !== null) || window.envivo?.state === 'live'"
    viewer.page.wait_for_function(said, timeout=NAMED_WITHIN_MS)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("sent", "way", "protocol"),
    [
        ("opus", WAYS[0], "webrtc"),
        ("opus", WAYS[1], "webrtc"),
        ("opus", WAYS[2], "hls"),
        ("aac", WAYS[0], "hls"),
        ("aac", WAYS[2], "hls"),
    ],
    indirect=["sent"],
)
def test_sound_alone_is_played_and_called_so(viewer: Viewer, sent: str, way: str, protocol: str) -> None:
    viewer.watch(f"{way}muted=0&path={sent}")
    expect(viewer.status).to_contain_text("Only sound arrives")
    assert viewer.protocol == protocol
    assert viewer.sound_level(0.05) > 0.05


@pytest.mark.proof
@stream("vp8")
def test_other_codec_that_webrtc_has_is_played(viewer: Viewer, sent: str) -> None:
    viewer.watch(f"player.html?path={sent}")
    assert viewer.protocol == "webrtc"
    assert viewer.different_frames(5) >= 5


@pytest.mark.proof
@stream("b-frames")
def test_webrtc_alone_says_what_ends_it(viewer: Viewer, sent: str) -> None:
    viewer.open(f"player.html?mode=webrtc&path={sent}")
    named(viewer, "Perhaps the video has B-frames")
    assert "ended" not in viewer.reasons


@pytest.mark.proof
def test_webrtc_is_back_once_the_publisher_sends_no_b_frames(viewer: Viewer, streams: Bed) -> None:
    with publishing(streams.ingest("plain"), STREAMS["b-frames"]):
        streams.wait_for("plain")
        viewer.open("player.html?path=plain")
        viewer.page.wait_for_function(OVER_HLS)
    viewer.wait_for_reason("not-live")
    with publishing(streams.ingest("plain"), STREAMS["plain"]):
        viewer.page.wait_for_function("() => window.envivo.state === 'live' && window.envivo.protocol === 'webrtc'")
        assert viewer.different_frames(5) >= 5
        expect(viewer.status).not_to_contain_text("B-frames")
