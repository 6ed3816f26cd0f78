"""One viewer in Debian's Chromium, measured from within the page; and charts, which the same browser draws."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from bare_page import bare_page
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",  # benchmarks run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--enable-precise-memory-info",
]
LIVE_WITHIN_S = 60
LIVE = "() => window.envivo?.state === 'live'"
PAGE = "{origin}/web/player.html?mode={way}&path=webcam"

# Looks at every third frame as it is given to the display, and keeps [age there, age when it will be seen], ms.
# A strip that cannot be read is kept as null.
_WATCH = """
async () => {
  const {stripReader, sinceStamp} = await import('/web/js/stats/timestamp_strip.js');
  const {measureOffset} = await import('/web/js/stats/clock.js');
  const video = document.querySelector('video');
  const offset = (await measureOffset())?.offsetMs ?? 0;
  const read = stripReader(video);
  let frames = 0;
  window.ages = [];
  const look = (now, {expectedDisplayTime}) => {
    const at = Date.now() + offset;
    video.requestVideoFrameCallback(look);
    if (frames++ % 3) return;
    const stamp = read();
    const age = stamp === null ? null : sinceStamp(stamp, at);
    window.ages.push(age === null ? null : [age, age + Math.max(0, expectedDisplayTime - now)]);
  };
  video.requestVideoFrameCallback(look);
}
"""

# What the page says about itself, and what only the element and the receiver know.
_SAMPLE = """
async () => {
  const video = document.querySelector('video');
  const {buffered, currentTime, playbackRate} = video;
  const ahead = buffered.length && !video.srcObject ? buffered.end(buffered.length - 1) - currentTime : NaN;
  return {
    ...(await window.envivo.stats()),
    state: window.envivo.state,
    bufferedMs: 1000 * ahead,
    playbackRate,
    ages: (window.ages ?? []).splice(0),
  };
}
"""

# When what a first frame needs was there, ms since the page was asked for.
_STEPS = """
() => {
  const entries = performance.getEntriesByType('resource');
  const end = (pattern, last = false) => {
    const found = entries.filter(({name}) => pattern.test(name));
    return (last ? found.at(-1) : found[0])?.responseEnd;
  };
  return {
    begun: end(/negotiation\\.js/),
    answered: end(/\\/webrtc\\/whep\\//),
    library: end(/hls\\.min\\.js/),
    playlist: end(/\\.m3u8/),
    media: end(/\\.mp4/, true),
  };
}
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def viewer(browser: Browser, origin: str, way: str) -> Iterator[Page]:
    """A viewer with an empty cache, who sees a picture."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        page.goto(PAGE.format(origin=origin, way=way))
        page.wait_for_function(LIVE, timeout=LIVE_WITHIN_S * 1000)
        yield page
    finally:
        context.close()


def watch(page: Page) -> None:
    page.evaluate(_WATCH)


def sample(page: Page) -> dict[str, Any]:
    """The page's numbers, and the ages of the frames since the last sample."""
    numbers: dict[str, Any] = page.evaluate(_SAMPLE)
    return numbers


def first_frame(browser: Browser, origin: str, way: str) -> dict[str, float]:
    """When what a first frame needs was there, ms since the page was asked for, in a tab that nobody else watches."""
    with bare_page(browser) as page:
        page.goto(PAGE.format(origin=origin, way=way))
        page.wait_for(LIVE, LIVE_WITHIN_S)
        steps: dict[str, float] = page.evaluate(_STEPS)
        first: float = page.evaluate("() => window.envivo.firstFrameMs")
    return {name: value for name, value in {**steps, "first": first}.items() if value is not None}


class Heap:
    """What the page's JavaScript keeps, after the browser has thrown away what nothing points to."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)

    def used_mib(self) -> float:
        self.cdp.send("HeapProfiler.collectGarbage")
        used: float = self.cdp.send("Runtime.getHeapUsage")["usedSize"]
        return used / (1 << 20)


SIZE = (900, 360)
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 40, 20, 40
_COLOURS = ["#0b62a4", "#c2410c", "#15803d", "#7e22ce"]


def chart(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], x: str, y: str) -> str:
    """An SVG of lines through points, each axis from 0."""
    width, height = SIZE
    right = max((one for line in lines.values() for one, _ in line), default=1) or 1
    top = 1.1 * max((one for line in lines.values() for _, one in line), default=1) or 1

    def place(point: tuple[float, float]) -> str:
        across = _LEFT + point[0] / right * (width - _LEFT - _RIGHT)
        up = height - _BOTTOM - point[1] / top * (height - _TOP - _BOTTOM)
        return f"{across:.1f},{up:.1f}"

    drawn = []
    for part in range(5):
        mark = top * part / 4
        begin, end = place((0, mark)), place((right, mark))
        x1, y1 = begin.split(",")
        x2, _ = end.split(",")
        drawn.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y1}" stroke="#ddd"/>')
        drawn.append(f'<text x="{_LEFT - 6}" y="{y1}" text-anchor="end" dy="4">{mark:.4g}</text>')
        across, _ = place((right * part / 4, 0)).split(",")
        drawn.append(f'<text x="{across}" y="{height - 22}" text-anchor="middle">{right * part / 4:.4g}</text>')
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(map(place, line))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        drawn.append(f'<text x="{_LEFT + 8 + number * 200}" y="34" fill="{colour}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{_LEFT}" y="16" font-weight="bold">{escape(title)}</text>{"".join(drawn)}'
        f'<text x="{width - _RIGHT}" y="{height - 6}" text-anchor="end">{escape(x)}</text>'
        f'<text x="6" y="34">{escape(y)}</text></svg>'
    )


def draw(browser: Browser, svg: str, file: Path) -> None:
    """As PNG, by the browser."""
    file.parent.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    page.set_content(f'<body style="margin:0">{svg}</body>')
    page.screenshot(path=file)
    page.close()
