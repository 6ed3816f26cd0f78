"""Any stream, by each way: within 10 s it plays, or the page says truly why it does not."""

from collections.abc import Callable, Iterator

import pytest

from tests.patience import patient

from .bed import ANYBODY, Bed, bed
from .studio import Stream, publishing
from .test_streams import BASELINE, WAYS
from .viewer import Viewer

WITHIN_MS = patient(10) * 1000
HIGH = {**BASELINE, "preset": "superfast"}
STREAMS = {
    "av1": Stream("libsvtav1", {"preset": "12", "g": "15", "svtav1-params": "pred-struct=1:lp=1"}),
    "vp9": Stream("libvpx-vp9", {"g": "15", "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "444": Stream("libx264", {**HIGH, "profile": "high444", "pix_fmt": "yuv444p"}),
    "10bit": Stream("libx264", {**HIGH, "profile": "high10", "pix_fmt": "yuv420p10le"}),
    "resized": Stream("libx264", BASELINE, resized_after=3),
    "silent": Stream("libx264", BASELINE, "libopus", loud=False),
    "aac": Stream("libx264", BASELINE, "aac"),
    "g711": Stream("libx264", BASELINE, "pcm_mulaw"),
    "g711-alone": Stream(audio="pcm_alaw"),
}


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with bed(tmp_path_factory.mktemp("any"), dict.fromkeys(STREAMS, ANYBODY)) as made:
        yield made


@pytest.fixture(scope="module")
def origin(streams: Bed) -> str:
    return streams.origin


_SETTLED = """() => {
  const {state, history} = window.envivo ?? {};
  return state === 'live' || history?.some(({reason}) => reason !== null && reason !== 'waiting');
}"""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", STREAMS)
def test_explore(viewer: Viewer, streams: Bed, name: str, way: str, say: Callable[[str], None]) -> None:
    with publishing(streams.ingest(name), STREAMS[name]):
        streams.wait_for(name)
        viewer.open(f"{way}muted=0&path={name}")
        try:
            viewer.page.wait_for_function(_SETTLED, timeout=10000)
        except Exception as error:
            say(f"{name} {way} NOT SETTLED {error}")
        state = viewer.page.evaluate("() => window.envivo.state")
        moved = viewer.different_frames(5, 4000) if state == "live" else 0
        level = viewer.sound_level(0.05) if state == "live" else 0
        viewer.page.wait_for_timeout(2000)
        say(
            f"{name} {way} first={viewer.first_frame_ms} {viewer.protocol} frames={moved} sound={level:.2f} "
            f"{viewer.status.inner_text()!r} {[(h['state'], h['reason']) for h in viewer.history]}"
        )
