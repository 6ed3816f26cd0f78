"""The numbers that people ask for: from the strip in the picture, from the browser, and as text."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .test_modules import call
from .viewer import Viewer

NOW = 1_795_564_486_296
WRAP = 2**32


def strip(unix_ms: int) -> list[int]:
    """RGBA of a row of the strip (agent/envivo_agent/picture.py), not quite black and white as after a decoder."""
    stamp = unix_ms % WRAP
    check = 0xA5
    for octet in stamp.to_bytes(4, "big"):
        check ^= octet
    word = stamp << 8 | check
    return [level for bit in range(39, -1, -1) for level in [214 if word >> bit & 1 else 31] * 64]


@pytest.mark.parametrize("unix_ms", [NOW, 0, WRAP - 1])
def test_strip_is_read(modules: Page, unix_ms: int) -> None:
    assert call(modules, "strip.js", "stampOf", strip(unix_ms)) == unix_ms % WRAP


def test_picture_without_strip_has_no_stamp(modules: Page) -> None:
    row = strip(NOW)
    row[32 * 64 :] = strip(NOW + 1)[32 * 64 :]
    assert call(modules, "strip.js", "stampOf", row) is None
    assert call(modules, "strip.js", "stampOf", [128] * 2560) is None


@pytest.mark.parametrize(
    ("stamp", "now", "late"), [(NOW % WRAP, NOW + 118, 118), (WRAP - 10, WRAP + 20, 30), (30, 10, -20)]
)
def test_lateness_survives_the_wrap(modules: Page, stamp: int, now: int, late: int) -> None:
    assert call(modules, "strip.js", "sinceStamp", stamp, now) == late


def test_quickest_answer_sets_the_clock(modules: Page) -> None:
    samples = [
        {"sent": 1000, "server": 1900, "received": 1100},
        {"sent": 2000, "server": 2505, "received": 2010},
        {"sent": 3000, "server": 3900, "received": 3050},
    ]
    assert call(modules, "clock.js", "offsetOf", samples) == {"offsetMs": 500, "uncertainMs": 5}
    assert call(modules, "clock.js", "offsetOf", []) is None


BEFORE: dict[str, Any] = {
    "protocol": "webrtc", "transport": "udp", "at": 0, "framesDecoded": 100, "bytesReceived": 1000, "roundTripMs": 10,
    "packetsReceived": 90, "packetsLost": 0, "jitterBufferDelay": 1, "jitterBufferEmitted": 100, "decodeTime": 0.1,
}  # fmt: skip
NOW_STATS = {
    **BEFORE, "at": 2000, "framesDecoded": 150, "bytesReceived": 751_000, "packetsReceived": 980, "packetsLost": 20,
    "jitterBufferDelay": 2, "jitterBufferEmitted": 150, "decodeTime": 0.3, "width": 1280, "height": 720, "freezes": 1,
    "codec": "video/H264", "pair": "a -> b",
}  # fmt: skip


def test_numbers_are_of_the_last_moment(modules: Page) -> None:
    rows = {
        row[0].removeprefix("numbers."): row[1:] for row in call(modules, "numbers.js", "numbersOf", NOW_STATS, BEFORE)
    }
    assert rows == {
        "latency": ["≈ 46 ms", "numbers.by-webrtc"],  # 5 round trip, 20 buffer, 4 decoder, 17 display
        "transport": ["WebRTC/UDP"],
        "fps": ["25.0"],
        "resolution": ["1280 \N{MULTIPLICATION SIGN} 720"],
        "bitrate": ["3.00 Mbit/s"],
        "rtt": ["10 ms"],
        "jitter": ["20 ms"],
        "loss": ["2.00 % (20)"],
        "freezes": ["1"],
        "codec": ["H264"],
        "pair": ["a -> b"],
    }


@pytest.mark.parametrize(
    ("measured", "row"),
    [
        ({"trueMs": 118.4, "clock": None}, ["numbers.latency", "118 ms", "numbers.by-strip-unsure", {}]),
        (
            {"trueMs": 80, "clock": {"offsetMs": -3, "uncertainMs": 1}},
            ["numbers.latency", "80 ms", "numbers.by-strip", {"offsetMs": -3, "uncertainMs": 1}],
        ),
    ],
)
def test_measured_latency_replaces_the_estimate(modules: Page, measured: dict[str, Any], row: list[object]) -> None:
    assert call(modules, "numbers.js", "numbersOf", NOW_STATS, BEFORE, measured)[0] == row


def test_first_look_has_no_rates(modules: Page) -> None:
    keys = [row[0] for row in call(modules, "numbers.js", "numbersOf", NOW_STATS, None)]
    assert {"numbers.fps", "numbers.bitrate"}.isdisjoint(keys)


@pytest.mark.parametrize(("mode", "slowest"), [("webrtc", 1000), ("hls", 5000)])
def test_panel_reads_the_true_latency_from_the_picture(viewer: Viewer, mode: str, slowest: int) -> None:
    viewer.open(f"player.html?mode={mode}")
    viewer.wait_for_state("live")
    viewer.page.get_by_role("button", name="Numbers").click()
    panel = viewer.page.get_by_role("region", name="Numbers of the stream")
    expect(panel).to_contain_text("glass to glass, read from the picture", timeout=10_000)
    expect(panel).to_contain_text("clock of this device set right")
    expect(panel).to_contain_text("Frames per second")
    expect(panel).to_contain_text("bit/s")
    # this machine's clock is the camera's in the lab
    latency = int(panel.locator("dd").first.inner_text().split()[0])
    assert 0 < latency < slowest
    print(f"{mode}: {latency} ms glass to glass")
    assert viewer.violations == []


def test_numbers_are_copied_as_text(viewer: Viewer) -> None:
    viewer.open("player.html?mode=webrtc")
    viewer.wait_for_state("live")
    viewer.page.get_by_role("button", name="Numbers").click()
    panel = viewer.page.get_by_role("region", name="Numbers of the stream")
    expect(panel).to_contain_text("Round trip")
    # over plain HTTP there is no clipboard to ask
    viewer.page.evaluate("() => document.addEventListener('copy', ({target}) => (window.copied = target.value))")
    panel.get_by_role("button", name="Copy as text").click()
    expect(panel).to_contain_text("Copied")
    copied = viewer.page.evaluate("() => window.copied")
    assert "Transport: WebRTC/UDP" in copied
    assert "Candidate pair:" in copied
