"""Bad networks, made on the media host: what a viewer sees, what the page does, and what it takes back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.e2e.lab import Lab
from tests.patience import patient

from .viewer import LIVE_WITHIN_MS, Viewer

TABLE = "envivo_test_network"
WITHIN_MS = patient(40) * 1000
TRIED_WITHIN_MS = patient(90) * 1000

_KEEP_RECEIVERS = """{
  window.held = () =>
    window.peers.flatMap(peer => peer.getReceivers().map(({jitterBufferTarget}) => jitterBufferTarget));
  window.peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      window.peers.push(this);
    }
  };
}"""


@contextmanager
def network(lab: Lab, rule: str) -> Iterator[None]:
    """What the media host sends over WebRTC meets this rule of nft until the context ends."""
    chain = f"chain out {{ type filter hook output priority -5; udp sport 8189 {rule}; }}"
    lab.run(lab.media, "nft -f -", stdin=f"table inet {TABLE} {{\n{chain}\n}}\n")
    try:
        yield
    finally:
        lab.run(lab.media, f"nft delete table inet {TABLE}")


@pytest.mark.proof
def test_jitter_buffer_follows_the_network_and_comes_back(lab: Lab, viewer: Viewer) -> None:
    viewer.page.add_init_script(_KEEP_RECEIVERS)
    viewer.watch("player.html?mode=webrtc")
    assert viewer.page.evaluate("window.held()") == [0, 0]
    with network(lab, "numgen random mod 100 < 8 drop"):
        viewer.page.wait_for_function("() => window.held().every(ms => ms >= 40)", timeout=WITHIN_MS)
        print(f"8 % loss: {viewer.page.evaluate('window.held()')} ms")
        assert viewer.different_frames(5) >= 5
    viewer.page.wait_for_function("() => window.held().every(ms => ms === 0)", timeout=WITHIN_MS)
    assert "camera" not in viewer.reasons


@pytest.mark.proof
def test_network_too_thin_for_webrtc_is_left_and_not_tried_on_the_proof_of_one_frame(
    lab: Lab, watching: Viewer
) -> None:
    """HLS is not held back, so every trial connects and decodes frames: none of them is good enough."""
    with network(lab, "limit rate over 30 kbytes/second burst 8 kbytes drop"):
        watching.page.wait_for_function("() => window.envivo.protocol === 'hls'", timeout=WITHIN_MS)
        expect(watching.status).to_contain_text("LL-HLS", timeout=LIVE_WITHIN_MS)
        sessions = len(watching.session_urls())
        for tried in (1, 2):  # after 30 s at once, then by a viewer who wants it
            watching.page.wait_for_function(
                "wanted => performance.getEntriesByType('resource')"
                ".filter(({name}) => /whep\\/webcam$/.test(name)).length > wanted",
                arg=sessions + tried - 1,
                timeout=TRIED_WITHIN_MS,
            )
            watching.page.wait_for_timeout(patient(3) * 1000)
            watching.page.evaluate("() => dispatchEvent(new Event('online'))")
        ways = [entry["protocol"] for entry in watching.history if entry["state"] == "live"]
        assert ways.index("hls") and "webrtc" not in ways[ways.index("hls") :], watching.history
        assert {"camera", "no-picture"}.isdisjoint(watching.reasons)
    watching.page.evaluate("() => dispatchEvent(new Event('online'))")
    watching.page.wait_for_function("() => window.envivo.protocol === 'webrtc'", timeout=WITHIN_MS)
    assert watching.different_frames(5) >= 5
