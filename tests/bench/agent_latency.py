"""How old the agent's picture is where it is decoded on the same machine, read from the strip of the test picture."""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import av
import click
from agent_bench import (
    HOST,
    NO_AUDIO,
    OPUS,
    PYTHON,
    WITHIN_S,
    Document,
    Running,
    agent,
    free_ports,
    mediamtx,
    running,
    workplace,
)
from bench_report import as_json, main, report, table
from strip import ROW, WIDTH, age_ms

from envivo.core.errors import EnvivoError
from envivo.core.polling import until
from envivo.lab.progress import step

RECEIVER = Path(__file__).with_name("agent_receiver.py")
NAME = "webcam"
SETTLE_S = 5
_NO_PROBING = {"probesize": "32", "analyzeduration": "0"}
_LOW_DELAY = {"rtsp_transport": "tcp", "fflags": "nobuffer", "flags": "low_delay", **_NO_PROBING}


@dataclass(frozen=True)
class Latency:
    """Milliseconds from drawing to decoded."""

    frames: int
    unreadable: int
    median: float
    p95: float
    max: float
    load: float


def summary(ages: Sequence[float | None]) -> Latency:
    read = sorted(age for age in ages if age is not None)
    if not read:
        raise EnvivoError("the receiver", "read no picture", "look whether the agent publishes")
    p95, load = read[int(len(read) * 0.95)], os.getloadavg()[0]
    return Latency(len(read), len(ages) - len(read), median(read), p95, read[-1], load)


def received(audio: Document, tracks: Sequence[str], seconds: float) -> Latency:
    """By a server of GStreamer's, which takes the stream and decodes it: nothing else lies between."""
    with workplace() as directory:
        (port,) = free_ports(1)
        log = directory / "receiver.log"
        with running([PYTHON, "-s", "-B", str(RECEIVER), str(port), NAME, *tracks], log) as receiver:
            if not until(bool, lambda: "ready" in log.read_text(), WITHIN_S, 0.05):
                raise EnvivoError(RECEIVER.name, "does not start", f"it says\n{log.read_text()}")
            with agent(directory, NAME, port, audio) as (publisher, its_log):
                until(lambda lines: lines > 1, lambda: len(log.read_text().splitlines()), WITHIN_S, 0.1)
                time.sleep(SETTLE_S)
                before = len(log.read_text().splitlines())
                time.sleep(seconds)
                lines = log.read_text().splitlines()[before:]
                _still_there(receiver, log)
                _still_there(publisher, its_log)
    return summary([None if line == "unreadable" else float(line) for line in lines])


def _still_there(process: Running, log: Path) -> None:
    if process.poll() is not None:
        raise EnvivoError(str(log.stem), f"ended with {process.returncode}", f"it says\n{log.read_text()}")


def read_back(audio: Document, seconds: float) -> tuple[Latency, list[str]]:
    """By FFmpeg from the MediaMTX that was published to, whose time counts then; and the tracks that were announced."""
    with (
        workplace() as directory,
        mediamtx(directory) as server,
        agent(directory, NAME, server.rtsp, audio) as (_, log),
    ):
        server.wait_for(NAME, log)
        tracks = [str(track) for track in server.path(NAME)["tracks"]]
        return summary(watched(f"rtsp://{HOST}:{server.rtsp}/{NAME}", seconds)), tracks


def watched(url: str, seconds: float, settle_s: float = SETTLE_S) -> list[float | None]:
    ages: list[float | None] = []
    with av.open(url, options=_LOW_DELAY, timeout=20) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1  # several would hold back a frame each
        begin = time.monotonic() + settle_s
        for frame in container.decode(stream):
            now_ms = time.time() * 1000
            plane = frame.planes[0]
            start = ROW * plane.line_size
            if time.monotonic() >= begin:
                ages.append(age_ms(memoryview(plane)[start : start + WIDTH], now_ms))
            if time.monotonic() >= begin + seconds:
                break
    return ages


def measure(seconds: int) -> dict[str, Latency]:
    results = {}
    for what, audio in (("without sound", NO_AUDIO), ("with Opus", OPUS)):
        with step(f"{what}: through MediaMTX"):
            through, tracks = read_back(audio, seconds)
        with step(f"{what}: to a receiver"):
            results[what] = received(audio, tracks, seconds)
        results[f"{what}, by FFmpeg from MediaMTX"] = through
    return results


@click.command()
@click.option("--seconds", default=30, type=click.IntRange(1), help="of each measurement; there are four")
@as_json
def command(seconds: int, as_json: bool) -> None:
    """How old the agent's picture is where it is decoded, read from the strip of the test picture."""
    results = measure(seconds)
    made = table(f"Drawn to decoded, ms: 720p30, {seconds} s each", "what", "median", "p95", "max", "frames", "load")
    for what, one in results.items():
        figures = (one.median, one.p95, one.max)
        made.add_row(what, *(f"{figure:.1f}" for figure in figures), str(one.frames), f"{one.load:.1f}")
    report(as_json, {"latency_ms": {what: asdict(one) for what, one in results.items()}}, made)


if __name__ == "__main__":
    main(command)
