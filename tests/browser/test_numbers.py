"""The numbers that people ask for: from the strip in the picture, from the browser, and as text."""

import pytest
from playwright.sync_api import expect

from .viewer import Viewer

KEPT_MS = {"webrtc": 0, "hls": 15_000}
"""How old the oldest picture may be that the server still gives: seven segments, and the one that is being written."""


@pytest.mark.parametrize("mode", ["webrtc", pytest.param("hls", marks=pytest.mark.proof)])
def test_panel_reads_the_true_latency_and_is_copied_as_text(viewer: Viewer, mode: str) -> None:
    viewer.watch(f"player.html?mode={mode}")
    viewer.page.get_by_role("button", name="Statistics").click()
    panel = viewer.page.get_by_role("region", name="Statistics of the stream")
    expect(panel).to_contain_text("glass to glass, read from the picture")
    expect(panel).to_contain_text("clock is corrected by")
    expect(panel).to_contain_text("Frames per second")
    expect(panel).to_contain_text("bit/s")
    # this machine's clock is the camera's in the lab
    latency = int(panel.locator("dd").first.inner_text().split()[0])
    print(f"{mode}: {latency} ms glass to glass")
    # no picture is of the future, and none was filmed before the page could be given it
    assert 0 < latency < viewer.page.evaluate("() => performance.now()") + KEPT_MS[mode]

    # over plain HTTP there is no clipboard to ask
    viewer.page.evaluate("() => document.addEventListener('copy', ({target}) => (window.copied = target.value))")
    panel.get_by_role("button", name="Copy as text").click()
    expect(panel).to_contain_text("Copied")
    copied = viewer.page.evaluate("() => window.copied")
    if mode == "webrtc":
        assert f"Transport: WebRTC/{viewer.stats['transport'].upper()}" in copied
        assert "Round trip:" in copied
        assert "Candidate pair:" in copied
    else:
        assert "Transport: LL-HLS" in copied
    assert viewer.violations == []
