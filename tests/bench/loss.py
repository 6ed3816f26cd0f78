"""What a viewer sees over networks that lose, delay and hold back packets: the page beside MediaMTX's own.

As root, on this machine alone; needs nft, tc and Chromium.
"""

import itertools
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from agent_bench import workplace
from bench_report import as_json, circumstances, main, report, table
from loss_evidence import COLUMNS, Seen, markdown, write
from loss_stream import NAME, PAGE_PORT, WHEP_PORT, stream
from lossy_network import Condition, Link, links, own_network
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from viewer_page import ARGUMENTS

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.lab.progress import step

CHROMIUM = "/usr/bin/chromium"
SETTLE_S = 15
"""From the moment when the network gets bad: the page may take as long to find its way."""
PLAYS_WITHIN_S = 60
WAYS = ("auto", "peer", "hls")
LOSSES = (0, 1, 2, 5, 10)
CONDITIONS = (
    *(Condition(f"{percent} %", loss_percent=percent) for percent in LOSSES),
    Condition("50 ms, 2 %", delay_ms=50, loss_percent=2),
    Condition("bursts", bursts=True),
    Condition("1.5 x", rate=1.5),
    Condition("0.8 x", rate=0.8),
)
_STRIP = (ROOT / "player/js/stats/timestamp_strip.js").read_text().replace("export ", "")

_BEFORE = """
window.peers = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    window.peers.push(this);
  }
};
"""
_WATCH = (
    "() => {"
    + _STRIP
    + """
  const video = document.querySelector('video');
  const read = stripReader(video);
  const seen = window.seen = {shown: 0, ages: [], gaps: [], at: null};
  let before = null;
  const look = (now, {presentedFrames}) => {
    const unix = Date.now();
    video.requestVideoFrameCallback(look);
    seen.shown += before !== null && presentedFrames > before ? presentedFrames - before : 1;
    before = presentedFrames;
    if (seen.at !== null) seen.gaps.push(now - seen.at);
    seen.at = now;
    if (presentedFrames % 3) return;
    const stamp = read();
    if (stamp !== null) seen.ages.push(sinceStamp(stamp, unix));
  };
  video.requestVideoFrameCallback(look);
}"""
)
_LOOK = """async () => {
  const video = document.querySelector('video');
  const tracks = new Set(video.srcObject?.getTracks() ?? []);
  const peer = window.peers.find(one => one.getReceivers().some(({track}) => tracks.has(track)));
  const all = peer ? [...(await peer.getStats()).values()] : [];
  const inbound = (kind) => all.find(({type, kind: its}) => type === 'inbound-rtp' && its === kind) ?? {};
  const transport = all.find(({type}) => type === 'transport');
  const bytes = transport?.bytesReceived ?? 0;
  const pair = all.find(({id}) => id === transport?.selectedCandidatePairId);
  const local = all.find(({id}) => id === pair?.localCandidateId);
  const {framesDecoded, nackCount: repairs = 0, packetsReceived: packets = 0} = inbound('video');
  const {concealedSamples: concealed = 0, totalSamplesReceived: samples = 0} = inbound('audio');
  const {shown, ages, gaps} = window.seen;
  const history = window.envivo?.history ?? [];
  const live = history.filter(({state}) => state === 'live').map(({protocol, at}) => [protocol, at]);
  return {
    session: peer ? window.peers.indexOf(peer) : -1,
    way: local?.protocol ?? 'hls', roundTrip: pair?.currentRoundTripTime,
    decoded: framesDecoded ?? video.getVideoPlaybackQuality().totalVideoFrames,
    shown, repairs, packets, concealed, samples, bytes, live, now: performance.now(),
    ages: ages.splice(0), gaps: gaps.splice(0),
  };
}"""

Look = dict[str, Any]


def growth(looks: Sequence[Look], name: str) -> float:
    """Of a counter, also where another session begins it anew."""
    total = 0.0
    for before, after in itertools.pairwise(looks):
        same = before["session"] == after["session"] and after[name] >= before[name]
        total += after[name] - (before[name] if same else 0)
    return total


def summary(looks: Sequence[Look], begun: float, load: float) -> Seen:
    """`begun`: by the page's clock, when the network got bad."""
    first, last = looks[0], looks[-1]
    seconds = (last["now"] - first["now"]) / 1000
    ages = sorted(age for look in looks[1:] for age in look["ages"])
    gaps = [gap for look in looks[1:] for gap in look["gaps"]] or [1000 * seconds]
    ways = [way for way, at in last["live"] if at < begun][-1:] + [way for way, at in last["live"] if at >= begun]
    shown = last["shown"] - first["shown"]
    return Seen(
        shown / seconds,
        max(growth(looks, "decoded"), shown) / seconds,
        sum(gap for gap in gaps if gap >= 500) / 1000,
        max(gaps),
        ages[len(ages) // 2] if ages else 0,
        ages[int(len(ages) * 0.95)] if ages else 0,
        100 * growth(looks, "repairs") / max(1.0, growth(looks, "packets")),
        100 * growth(looks, "concealed") / max(1.0, growth(looks, "samples")),
        sum(one != other for one, other in itertools.pairwise(ways)),
        last["way"],
        load,
    )


class Viewer:
    def __init__(self, playwright: Playwright, directory: Path, link: Link) -> None:
        chromium = directory / f"chromium-{link.name}"
        chromium.write_text(f'#!/bin/sh\nexec {" ".join(link.prefix)} {CHROMIUM} "$@"\n')
        chromium.chmod(0o755)
        self.link = link
        self.browser: Browser = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)

    def open(self, way: str) -> Page:
        page = self.browser.new_page(viewport={"width": 800, "height": 600})
        page.add_init_script(_BEFORE)
        url = f"http://{self.link.server}:{PAGE_PORT}/web/player.html?path={NAME}&mode={way}"
        page.goto(f"http://{self.link.server}:{WHEP_PORT}/{NAME}/" if way == "peer" else url)
        page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0", timeout=PLAYS_WITHIN_S * 1000)
        page.evaluate(_WATCH)
        page.evaluate("() => Object.assign(document.querySelector('video'), {muted: false}).play()")
        return page


def watched(
    viewers: Sequence[Viewer], condition: Condition, kbit: float, seconds: float, settle: float
) -> dict[str, Seen]:
    """Each viewer over its own link, at the same time; HLS alone only where there is a way to choose."""
    with ExitStack() as until:
        used = [(way, one) for way, one in zip(WAYS, viewers, strict=True) if way != "hls" or condition.rate]
        for _, one in used:
            until.enter_context(one.link.delayed(condition.delay_ms))
        pages = {}
        for way, one in used:
            pages[way] = one.open(way)
            until.callback(pages[way].close)
        time.sleep(min(5, seconds))
        for _, one in used:
            until.enter_context(one.link.under(condition, kbit))
        begun = {way: page.evaluate("() => performance.now()") for way, page in pages.items()}
        time.sleep(settle)
        looks: dict[str, list[Look]] = {way: [page.evaluate(_LOOK)] for way, page in pages.items()}
        end, loads = time.monotonic() + seconds, list[float]()
        while time.monotonic() < end:
            time.sleep(1)
            loads.append(os.getloadavg()[0])
            for way, page in pages.items():
                looks[way].append(page.evaluate(_LOOK))
        load = sum(loads) / len(loads)
        return {way: summary(looks[way], begun[way], load) for way in pages}


def needed_kbit(viewer: Viewer, seconds: float) -> float:
    """What the stream takes on the wire, with the headers of UDP and IP."""
    page = viewer.open("webrtc")
    first = page.evaluate(_LOOK)
    time.sleep(seconds)
    last = page.evaluate(_LOOK)
    page.close()
    octets = last["bytes"] - first["bytes"] + 28 * (last["packets"] - first["packets"])
    if octets <= 0:
        raise EnvivoError("the page", "received nothing over WebRTC", "look at the agent's log")
    return float(octets * 8 / (last["now"] - first["now"]))


@click.command()
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1), help="of each condition")
@click.option("--settle", default=SETTLE_S, show_default=True, type=click.IntRange(0), help="seconds before each")
@click.option("--only", multiple=True, type=click.Choice([one.name for one in CONDITIONS]), help="these conditions")
@click.option("--evidence", type=click.Path(path_type=Path), help="a directory for the table and the charts")
@as_json
def command(seconds: int, settle: int, only: Sequence[str], evidence: Path | None, as_json: bool) -> None:
    """The page (auto), MediaMTX's own page (peer) and HLS alone, over bad networks."""
    own_network()
    taken = circumstances()
    made = table(f"Over bad networks: {seconds} s each, after {settle} s", *COLUMNS)
    results: dict[str, dict[str, Seen]] = {}
    with workplace() as directory, links(len(WAYS)) as made_links, stream(directory), sync_playwright() as playwright:
        viewers = [Viewer(playwright, directory, link) for link in made_links]
        kbit = needed_kbit(viewers[0], min(5, seconds))
        for condition in CONDITIONS:
            if only and condition.name not in only:
                continue
            with step(f"{condition.name}: {seconds} s"):
                results[condition.name] = watched(viewers, condition, kbit, seconds, settle)
    for name, ways in results.items():
        for way, seen in ways.items():
            made.add_row(name, way, *seen.row())
    if evidence:
        write(evidence, markdown(results, taken, seconds, settle, kbit), results)
    figures = {name: {way: asdict(seen) for way, seen in ways.items()} for name, ways in results.items()}
    report(as_json, {"needs_kbit": kbit, "seen": figures}, made)


if __name__ == "__main__":
    main(command)
