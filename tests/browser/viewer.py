"""A person before a page, who opens it, waits for a state, reads it, and looks whether the picture moves."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, Request, Response

from tests.patience import patient

LIVE_WITHIN_MS = patient(25) * 1000  # HLS may have to wait for the first segment
PATH = "webcam"

_WATCH_POLICY = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""

# Of all that anybody in the page is told: a stream without frames calls as well, then without the time of RTP
# (docs/notes/browsers.md#a-picture-is-not-a-proof); so does every picture of HLS.
_WATCH_FIRST_PICTURE = """
window.firstPictureAt = null;
{
  const {requestVideoFrameCallback: ask} = HTMLVideoElement.prototype;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (call) {
    return ask.call(this, (now, data) => {
      if (data.rtpTimestamp !== undefined) window.firstPictureAt ??= Math.round(now);
      call(now, data);
    });
  };
}
"""

# Counts pictures that differ from the one counted before by more than coding one still picture again and again does.
_DIFFERENT_FRAMES = """
([wanted, withinMs]) => new Promise(done => {
  const LEVELS = 40, SPOTS = 12, WIDTH = 160, HEIGHT = 90;
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', {willReadFrequently: true});
  let counted = 0, last = null;
  const again = () => video.requestVideoFrameCallback?.(look) ?? requestAnimationFrame(look); // a test may take it away
  const differs = (one, other) => {
    let spots = 0;
    for (let i = 0; i < one.length && spots < SPOTS; i++) if (Math.abs(one[i] - other[i]) > LEVELS) spots++;
    return spots === SPOTS;
  };
  const finish = () => done(counted);
  setTimeout(finish, withinMs);
  const look = () => {
    canvas.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const pixels = canvas.getImageData(0, 0, WIDTH, HEIGHT).data;
    if (last === null || differs(pixels, last)) {
      last = pixels;
      counted++;
    }
    if (counted >= wanted) finish(); else again();
  };
  again();
})
"""

# The loudest moment, as the browser plays it, until one is loud enough: root mean square, 1 = full scale.
_SOUND_LEVEL = """
async ([enough, withinMs]) => {
  const video = document.querySelector('video');
  const audio = new AudioContext();
  await audio.resume();
  const analyser = new AnalyserNode(audio, {fftSize: 2048});
  new MediaStreamAudioSourceNode(audio, {mediaStream: video.captureStream()}).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const end = performance.now() + withinMs;
  let loudest = 0;
  while (loudest <= enough && performance.now() < end) {
    await new Promise(done => setTimeout(done, 50));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
  }
  await audio.close();
  return loudest;
}
"""

_KEEP_ALL_RESOURCES = "performance.setResourceTimingBufferSize(100_000);"
"""Else a browser forgets all after the first 250, which HLS asks for in half a minute."""


class Viewer:
    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        page.add_init_script(_WATCH_POLICY + _WATCH_FIRST_PICTURE + _KEEP_ALL_RESOURCES)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        # of the context, not of the page: the DELETE is sent while the page is being left
        page.context.on("request", lambda request: self.requests.append(request))
        page.context.on("response", lambda response: self.responses.append(response))

    def open(self, address: str) -> None:
        """Open an address below /web/, such as `player.html?path=webcam`."""
        self.page.goto(f"{self.origin}/web/{address}")

    def watch(self, address: str) -> None:
        """Open an address of the player and wait until it is live and the rest of the page is there."""
        self.open(address)
        self.wait_for_state("live")  # WebRTC may show a picture before the page has its words
        self.page.wait_for_function("() => document.querySelector('footer').childElementCount")

    def wait_for_state(self, state: str, within_ms: float = LIVE_WITHIN_MS) -> None:
        self.page.wait_for_function("wanted => window.envivo?.state === wanted", arg=state, timeout=within_ms)

    def wait_for_reason(self, reason: str, within_ms: float = LIVE_WITHIN_MS) -> None:
        """Wait until a state with this reason was reported; another may have followed already."""
        reported = "wanted => window.envivo?.history.some(({reason}) => reason === wanted)"
        self.page.wait_for_function(reported, arg=reason, timeout=within_ms)

    def log_in(self, user: str, password: str) -> None:
        """Fill the form of a page in English and submit it by the Enter key."""
        self.page.get_by_label("User", exact=True).fill(user)
        field = self.page.get_by_label("Password", exact=True)
        field.fill(password)
        field.press("Enter")

    def different_frames(self, wanted: int, within_ms: float = patient(15) * 1000) -> int:
        """Number of different pictures shown until `wanted` were seen, or the time was up."""
        return int(self.page.evaluate(_DIFFERENT_FRAMES, [wanted, within_ms]))

    def sound_level(self, enough: float) -> float:
        """RMS of full scale, of the first moment that is louder than `enough`; else of the loudest."""
        return float(self.page.evaluate(_SOUND_LEVEL, [enough, patient(5) * 1000]))

    def keep_evidence(self, directory: Path, name: str) -> Path:
        """Write a picture of the page and, as JSON, its console, history and answers. Return the file of the latter."""
        file = directory / f"{name.replace('/', '-')}.json"
        answers = [f"{answer.status} {answer.request.method} {answer.url}" for answer in self.responses]
        seen: dict[str, Any] = {"url": self.page.url, "complaints": self.complaints, "answers": answers}
        try:
            seen["history"] = self.page.evaluate("() => window.envivo?.history ?? null")
            self.page.screenshot(path=file.with_suffix(".png"))
        except Error as error:  # a page that is gone, or busy
            seen["unseen"] = str(error)
        file.write_text(json.dumps(seen, indent=1, default=str))
        return file

    @property
    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self.page.evaluate("() => window.envivo.stats()")
        return stats

    @property
    def protocol(self) -> str | None:
        """webrtc or hls: what is really in use."""
        protocol: str | None = self.page.evaluate("() => window.envivo.protocol")
        return protocol

    @property
    def first_frame_ms(self) -> int | None:
        first: int | None = self.page.evaluate("() => window.envivo.firstFrameMs")
        return first

    @property
    def first_picture_at(self) -> int | None:
        """When the browser showed it, in ms since the page was opened; None over HLS."""
        shown: int | None = self.page.evaluate("() => window.firstPictureAt")
        return shown

    @property
    def history(self) -> list[dict[str, Any]]:
        history: list[dict[str, Any]] = self.page.evaluate("() => window.envivo.history")
        return history

    @property
    def reasons(self) -> list[str]:
        """Reasons of all states that had one, oldest first."""
        return [entry["reason"] for entry in self.history if entry["reason"]]

    def went_over(self, before: str, after: str) -> bool:
        """Whether pictures came by one protocol and, with nothing in between, then by the other."""
        seen = [(entry["state"], entry["protocol"]) for entry in self.history]
        return (("live", before), ("live", after)) in pairwise(seen)

    def reasons_since(self, unix_s: float) -> list[str]:
        """Of the states after that moment: before it a busy machine may have seen a picture stand still."""
        origin_ms: float = self.page.evaluate("() => performance.timeOrigin")
        after = 1000 * unix_s - origin_ms
        return [entry["reason"] for entry in self.history if entry["reason"] and entry["at"] >= after]

    @property
    def status(self) -> Locator:
        return self.page.get_by_role("status")

    @property
    def kept(self) -> str | None:
        """User and password that the page keeps for its tab, as JSON."""
        stored: str | None = self.page.evaluate("() => sessionStorage.getItem('envivo.viewer')")
        return stored

    @property
    def violations(self) -> list[str]:
        violations: list[str] = self.page.evaluate("() => window.violations")
        return violations

    def session_urls(self) -> list[str]:
        """The WHEP sessions that this viewer was given, oldest first."""
        opened = [answer for answer in self.responses if answer.request.method == "POST" and answer.status == 201]
        return [self.origin + answer.headers["location"] for answer in opened]
