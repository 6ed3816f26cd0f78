"""What a viewer gets from a deployed page in Debian's Chromium: latency, first frame, and both over a long time."""

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click
from bench_report import as_json, main, report, table
from viewer_page import Heap, chart, chromium, draw, first_frame, sample, viewer, watch

from envivo.core.errors import EnvivoError
from envivo.lab.progress import step

WAYS = {"webrtc": "WHEP", "hls": "LL-HLS"}
SETTLE_S = 10
"""Or as long as is measured: LL-HLS comes nearer to the live edge in the first seconds."""

Numbers = dict[str, Any]


@dataclass(frozen=True)
class Spread:
    count: int
    p50: float
    p95: float
    max: float


def spread(values: Sequence[float]) -> Spread:
    if not values:
        raise EnvivoError("the page", "was seen to show nothing", 'look whether the camera\'s source is "test"')
    ordered = sorted(values)
    return Spread(len(ordered), median(ordered), ordered[int(len(ordered) * 0.95)], ordered[-1])


def ages_of(samples: Sequence[Numbers], which: int = 0) -> list[float]:
    """0: as the frame is given to the display; 1: when it will be seen."""
    return [age[which] for one in samples for age in one["ages"] if age is not None]


def watched(page: Any, seconds: float) -> list[Numbers]:
    """A sample a second, each with `at`, of a page under `watch`."""
    sample(page)
    begin = time.monotonic()
    samples = []
    while (at := time.monotonic() - begin) < seconds:
        time.sleep(1)
        samples.append({"at": at + 1, "load": os.getloadavg()[0], **sample(page)})
    return samples


def where_it_goes(samples: Sequence[Numbers]) -> dict[str, float]:
    """Milliseconds that the browser itself tells about."""
    first, last = samples[0], samples[-1]

    def each(total: str, count: str) -> float:
        return float(1000 * (last[total] - first[total]) / max(1, last[count] - first[count]))

    shown = median(ages_of(samples, 1)) - median(ages_of(samples))
    if last["protocol"] == "hls":
        buffered = [one["bufferedMs"] for one in samples]
        own = [one["latencyMs"] for one in samples]
        stalls = last["stalls"] - first["stalls"]
        return {"buffered": median(buffered), "hls.js says": median(own), "stalls": stalls, "until it is seen": shown}
    return {
        "jitter buffer": each("jitterBufferDelay", "jitterBufferEmitted"),
        "decode": each("decodeTime", "framesDecoded"),
        "round trip": median(one.get("roundTripMs") or 0 for one in samples),
        "freezes": last["freezes"] - first["freezes"],
        "until it is seen": shown,
    }


def measure_latency(browser: Any, origin: str, way: str, seconds: float) -> list[Numbers]:
    with step(f"{WAYS[way]}: {seconds:g} s"), viewer(browser, origin, way) as page:
        time.sleep(min(SETTLE_S, seconds))
        watch(page)
        return watched(page, seconds)


def options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        as_json,
        click.option("--pictures", type=click.Path(path_type=Path), help="a directory for charts, as PNG"),
        click.option("--origin", default="http://10.86.0.11:8080", show_default=True, help="of a deployed page"),
    ):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """What a viewer gets; the camera's source has to be "test"."""


@command.command()
@options
@click.option("--seconds", default=300, show_default=True, type=click.IntRange(1), help="of each way")
def latency(origin: str, pictures: Path | None, as_json: bool, seconds: int) -> None:
    """Glass to glass, by the strip in the test picture."""
    made = table(f"Drawn to given to the display, ms: {seconds} s each", "way", "p50", "p95", "max", "frames", "load")
    places = table("Where it goes, ms", "way", "what")
    result, lines = {}, {}
    with chromium() as browser:
        for way in WAYS:
            samples = measure_latency(browser, origin, way, seconds)
            ages, goes, load = spread(ages_of(samples)), where_it_goes(samples), median(one["load"] for one in samples)
            result[way] = {**asdict(ages), "load": load, "where": goes}
            figures = (ages.p50, ages.p95, ages.max)
            made.add_row(WAYS[way], *(f"{one:.0f}" for one in figures), str(ages.count), f"{load:.1f}")
            places.add_row(WAYS[way], ", ".join(f"{name} {value:.0f}" for name, value in goes.items()))
            lines[WAYS[way]] = [(one["at"], median(ages_of([one]))) for one in samples if ages_of([one])]
        if pictures:
            draw(browser, chart("Latency, median of each second", lines, "s", "ms"), pictures / "latency.png")
    report(as_json, {"latency_ms": result}, made, places)


@command.command("first-frame")
@options
@click.option("--loads", default=100, show_default=True, type=click.IntRange(1), help="of the page, each way")
def first_frames(origin: str, pictures: Path | None, as_json: bool, loads: int) -> None:
    """From the page's address to the first decoded frame, with an empty cache, at random moments."""
    made = table(f"Until the first frame, ms: {loads} loads each", "way", "p50", "p95", "max", "load")
    places = table("What was there, median, ms", "way", "what")
    result, lines = {}, {}
    with chromium() as browser:
        for way in WAYS:
            rows, loaded = [], []
            with step(f"{WAYS[way]}: {loads} loads"):
                for _ in range(loads):
                    time.sleep(0.3 + random.random())  # noqa: S311 - a keyframe comes every second: not in step with it
                    loaded.append(os.getloadavg()[0])
                    rows.append(first_frame(browser, origin, way))
            firsts, load = spread([row["first"] for row in rows]), median(loaded)
            steps = {name: median(row[name] for row in rows if name in row) for name in rows[0]}
            result[way] = {**asdict(firsts), "load": load, "steps": steps, "all": rows}
            made.add_row(WAYS[way], *(f"{one:.0f}" for one in (firsts.p50, firsts.p95, firsts.max)), f"{load:.1f}")
            places.add_row(WAYS[way], ", ".join(f"{name} {value:.0f}" for name, value in steps.items()))
            ordered = sorted(row["first"] for row in rows)
            lines[WAYS[way]] = [(100 * (n + 1) / len(ordered), one) for n, one in enumerate(ordered)]
        if pictures:
            draw(browser, chart("Time to first frame", lines, "% of loads", "ms"), pictures / "first_frame.png")
    report(as_json, {"first_frame_ms": result}, made, places)


@command.command()
@options
@click.option("--minutes", default=30.0, show_default=True, type=click.FloatRange(0.05), help="of each way")
def long(origin: str, pictures: Path | None, as_json: bool, minutes: float) -> None:
    """What becomes of latency and memory in a page that stays open."""
    made = table(
        f"{minutes:g} minutes each", "way", "latency p50, ms", "p95", "in the first minute", "in the last", "growth",
        "heap at first, MiB", "at last", "freezes", "load",
    )  # fmt: skip
    result, late, heaps = {}, {}, {}
    with chromium() as browser:
        for way in WAYS:
            with step(f"{WAYS[way]}: {minutes:g} minutes"), viewer(browser, origin, way) as page:
                heap = Heap(page)
                time.sleep(min(SETTLE_S, 60 * minutes))
                watch(page)
                samples: list[Numbers] = []
                used = [(0.0, heap.used_mib())]
                # heap is asked ten times at least: collecting stops the page for a moment
                part = min(60.0, minutes * 6)
                for _ in range(round(minutes * 60 / part)):
                    samples += [{**one, "minute": len(used)} for one in watched(page, part)]
                    used.append((len(used) * part / 60, heap.used_mib()))
            line = [
                (minute * part / 60, median(ages))
                for minute in range(1, len(used))
                if (ages := ages_of([one for one in samples if one["minute"] == minute]))
            ]
            first, last = line[0][1], line[-1][1]
            key = "stalls" if way == "hls" else "freezes"
            freezes, load = samples[-1][key] - samples[0][key], median(one["load"] for one in samples)
            whole = spread(ages_of(samples))
            result[way] = {**asdict(whole), "latency_ms": line, "heap_mib": used, "freezes": freezes, "load": load}
            made.add_row(
                WAYS[way], f"{whole.p50:.0f}", f"{whole.p95:.0f}",
                f"{first:.0f}", f"{last:.0f}", f"{last - first:+.0f}",
                f"{used[0][1]:.1f}", f"{used[-1][1]:.1f}", str(freezes), f"{load:.1f}",
            )  # fmt: skip
            late[WAYS[way]], heaps[WAYS[way]] = line, used
        if pictures:
            draw(browser, chart("Latency, median of each minute", late, "min", "ms"), pictures / "long_latency.png")
            draw(browser, chart("JavaScript's heap", heaps, "min", "MiB"), pictures / "long_heap.png")
    report(as_json, {"long": result}, made)


if __name__ == "__main__":
    main(command)
