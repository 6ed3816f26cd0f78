"""Any stream, by each way: it plays, or the page says truly within 10 s why it does not."""

import pytest
import requests
from playwright.sync_api import expect

from tests.patience import patient

from .bed import Bed
from .studio import LARGER, WIDTH, Stream, publishing
from .test_streams import BASELINE, NAMED_WITHIN_MS, WAYS
from .viewer import Viewer

AUTO, WEBRTC, HLS = WAYS
HIGH = {**BASELINE, "preset": "superfast"}
RESIZED_WITHIN_MS = patient(20) * 1000
STREAMS = {
    "av1": Stream("libsvtav1", {"preset": "12", "g": "15", "svtav1-params": "pred-struct=1:lp=1"}),
    "vp9": Stream("libvpx-vp9", {"g": "15", "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "444": Stream("libx264", {**HIGH, "profile": "high444", "pix_fmt": "yuv444p"}),
    "10bit": Stream("libx264", {**HIGH, "profile": "high10", "pix_fmt": "yuv420p10le"}),
    "silent": Stream("libx264", BASELINE, "libopus", loud=False),
    "aac": Stream("libx264", BASELINE, "aac"),
    "g711": Stream("libx264", BASELINE, "pcm_mulaw"),
    "resized": Stream("libx264", BASELINE, resized_after=8),
    "g711-alone": Stream(audio="pcm_alaw"),
    "renamed": Stream("libx264", BASELINE),
}


@pytest.fixture(scope="module")
def origin(streams: Bed) -> str:
    return streams.origin


@pytest.mark.proof
@pytest.mark.parametrize("way", [AUTO, HLS])
@pytest.mark.parametrize("sent", ["av1", "vp9", "444", "10bit", "silent", "aac", "g711"], indirect=True)
def test_picture_of_any_codec_that_the_browser_has_is_played(viewer: Viewer, sent: str, way: str) -> None:
    viewer.watch(f"{way}path={sent}")
    assert viewer.protocol == ("hls" if way == HLS else "webrtc")
    assert viewer.different_frames(5) >= 5
    assert viewer.reasons == []


@pytest.mark.proof
@pytest.mark.parametrize(("sent", "way"), [("aac", HLS), ("g711", AUTO), ("g711-alone", AUTO)], indirect=["sent"])
def test_sound_that_a_way_carries_is_heard(viewer: Viewer, sent: str, way: str) -> None:
    viewer.watch(f"{way}muted=0&path={sent}")
    assert viewer.sound_level(0.05) > 0.05


@pytest.mark.parametrize(
    ("sent", "way", "words"),
    [
        ("aac", AUTO, "AAC. LL-HLS, below, plays it"),
        pytest.param("g711", HLS, "G711 cannot be played. WebRTC, below, plays it", marks=pytest.mark.proof),
    ],
    indirect=["sent"],
)
def test_sound_that_a_way_lacks_is_named_with_the_way_that_plays_it(
    viewer: Viewer, sent: str, way: str, words: str
) -> None:
    viewer.watch(f"{way}path={sent}")
    expect(viewer.status).to_contain_text(words, timeout=NAMED_WITHIN_MS)
    assert viewer.protocol == ("hls" if way == HLS else "webrtc")


@pytest.mark.proof
@pytest.mark.parametrize("sent", ["g711-alone"], indirect=True)
def test_hls_that_there_is_not_is_called_so(viewer: Viewer, sent: str) -> None:
    viewer.open(f"{HLS}path={sent}")
    expect(viewer.status).to_contain_text("has no HLS", timeout=NAMED_WITHIN_MS)


@pytest.mark.proof
@pytest.mark.parametrize("way", [AUTO, HLS])
@pytest.mark.parametrize("sent", ["resized"], indirect=True)
def test_picture_that_changes_its_size_goes_on(viewer: Viewer, sent: str, way: str) -> None:
    viewer.watch(f"{way}path={sent}")
    size = "wanted => document.querySelector('video').videoWidth === wanted"
    viewer.page.wait_for_function(size, arg=WIDTH)
    viewer.page.wait_for_function(size, arg=WIDTH * LARGER, timeout=RESIZED_WITHIN_MS)
    assert viewer.different_frames(5) >= 5
    assert {"codec", "media", "camera"}.isdisjoint(viewer.reasons)


@pytest.mark.parametrize("way", [AUTO, pytest.param(HLS, marks=pytest.mark.proof)])
def test_path_that_is_taken_away_while_somebody_watches_is_called_so(viewer: Viewer, streams: Bed, way: str) -> None:
    path = "renamed"
    monitor = streams.settings.mediamtx.monitor
    api = f"http://127.0.0.1:{streams.settings.mediamtx.api_port}/v3/config/paths"
    auth = (monitor.user, monitor.password.get_secret_value())
    kept = requests.get(f"{api}/get/{path}", auth=auth, timeout=patient(5)).json()
    with publishing(streams.ingest(path), STREAMS[path], thrown_out=True):
        streams.wait_for(path)
        viewer.watch(f"{way}path={path}")
        requests.delete(f"{api}/delete/{path}", auth=auth, timeout=patient(5)).raise_for_status()
        try:
            expect(viewer.status).to_contain_text("no stream called", timeout=NAMED_WITHIN_MS)
            assert viewer.page.evaluate("() => document.querySelector('main').dataset.state") == "offline"
        finally:
            requests.post(f"{api}/add/{path}", auth=auth, json=kept, timeout=patient(5)).raise_for_status()
