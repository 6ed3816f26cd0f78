"""Sound is heard where there is sound, and has no buttons where there is none. The lab's camera sends a tone."""

import pytest
from playwright.sync_api import expect

from .viewer import Viewer

SILENCE = 0.003
"""RMS of full scale: -50 dB."""

WITHOUT_SOUND = {
    # as where nothing arrives on the track: the browser counts no packets of it
    "webrtc": """
const getStats = RTCPeerConnection.prototype.getStats;
RTCPeerConnection.prototype.getStats = async function () {
  const report = [...(await getStats.call(this))];
  return new Map(report.filter(([, {type, kind}]) => `${type} ${kind}` !== 'inbound-rtp audio'));
};""",
    # as Safari before 18.4: the playlist has to lose its sound, or nothing plays
    "hls": """
const known = MediaSource.isTypeSupported;
MediaSource.isTypeSupported = (type) => !/opus/i.test(type) && known.call(MediaSource, type);""",
}


@pytest.mark.parametrize("mode", ["webrtc", "hls"])
def test_sound_is_heard(viewer: Viewer, mode: str) -> None:
    viewer.watch(f"player.html?mode={mode}")
    viewer.page.get_by_role("button", name="Turn sound on").click()
    expect(viewer.page.get_by_role("button", name="Turn sound off")).to_be_visible()
    level = viewer.sound_level(SILENCE)
    print(f"{mode}: sound at {level:.3f} of full scale")
    assert level > SILENCE
    viewer.page.get_by_role("slider", name="Volume").fill("0")
    expect(viewer.page.get_by_role("button", name="Turn sound on")).to_be_visible()
    assert viewer.page.evaluate("() => document.querySelector('video').muted")
    assert viewer.violations == []


@pytest.mark.parametrize("mode", ["webrtc", "hls"])
def test_no_sound_has_no_button(viewer: Viewer, mode: str) -> None:
    viewer.page.add_init_script(WITHOUT_SOUND[mode])
    viewer.watch(f"player.html?mode={mode}")
    assert viewer.different_frames(30) >= 30  # looks for sound meanwhile, several times
    expect(viewer.page.locator(".audio")).to_be_hidden()
    assert viewer.protocol == mode
    assert viewer.violations == []
