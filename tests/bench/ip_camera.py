"""What an IP camera's stream costs in the agent and how old it gets there, beside the camera and gst-launch-1.0."""

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

import click
from agent_bench import (
    AGENT,
    HOST,
    NO_AUDIO,
    PYTHON,
    WITHIN_S,
    Document,
    Server,
    agent_environ,
    chains,
    configuration,
    free_ports,
    mediamtx,
    memory,
    printed_pipeline,
    running,
    status,
    with_properties,
    workplace,
)
from agent_cost import OURS, SETTLE_S, THEIRS, TICKS_S, ticks
from agent_latency import Latency, summary, watched
from agent_parts import part_target
from bench_report import as_json, main, report, table

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.core.polling import until
from envivo.lab.progress import step

STAND_IN = ROOT / "tests/unit/agent/ip_camera.py"
USER, PASSWORD = "admin", "p@ss:w/rd%41"
CAMERA: Document = {
    "codec": "h264", "width": 1280, "height": 720, "fps": 25, "gop": 50, "drawn": True,
    "user": USER, "password": PASSWORD,
}  # fmt: skip
BASELINE, B_FRAMES = {"profile": "constrained-baseline"}, {"profile": "main", "bframes": 2}
ROWS: dict[str, Document] = {
    "H.264": BASELINE,
    "H.264, PCMA": {**BASELINE, "sound": "pcma"},
    "H.264, AAC": {**BASELINE, "sound": "aac"},
    "B-frames, AAC": {**B_FRAMES, "sound": "aac"},
    "H.265, PCMA": {"codec": "h265", "sound": "pcma"},
    "GOP of 4 s": {**BASELINE, "gop": 100},
    "jitter": {**BASELINE, "jitter_ms": 30},
    "hiccups": {**BASELINE, "hiccup_ms": 400},
    "jumps": {**BASELINE, "jumps": True},
}
"""Constrained Baseline but for that with B-frames, which is Main. Jitter: frames up to 30 ms early or late. Hiccups: of
400 ms, every 5 s. Jumps: of the stamps, every 5 s. All ask for the password by digest.
"""
SOUND: Document = {"kind": "camera", "bitrate_kbps": 64}
_END = re.compile(r"appsink name=(\w+)( [\w-]+=\S+)*")
_BEGIN = re.compile(r"appsrc name=(\w+)( [\w-]+=\S+)* ! ")
_ENDS = {"inlet": "frames", "microphone": "sound"}
"""Where the agent puts what it takes."""


@dataclass(frozen=True)
class Figures:
    """`cpu`: percent of one core; `rss`: KiB; `added`, `added_p95`: ms that a picture is older than the camera's own;
    `left_out`: frames that were captured and not sent, since the start; `part_target`: seconds."""

    carried: str
    direct: Latency
    through: Latency
    added: float
    added_p95: float
    cpu: float
    cpu_gst_launch: float
    ratio: float
    rss: int
    fps: float
    left_out: int
    part_target: float | None
    load: float


@contextmanager
def camera(directory: Path, row: Document) -> Iterator[tuple[Document, str]]:
    """The agent's source for it, and its address with user and password for others."""
    (port,) = free_ports(1)
    log = directory / "camera.log"
    with running([PYTHON, "-s", "-B", str(STAND_IN), json.dumps({**CAMERA, **row, "port": port})], log):
        if not until(bool, lambda: "ready" in log.read_text(), WITHIN_S, 0.05):
            raise EnvivoError(STAND_IN.name, "does not start", f"it says\n{log.read_text()}")
        url = f"rtsp://{HOST}:{port}/main"
        source = {"kind": "rtsp", "url": url, "user": USER, "password": PASSWORD, "mode": "auto"}
        yield source, url.replace("//", f"//{USER}:{quote(PASSWORD, safe='')}@")


def launched(printed: str, address: str) -> list[str]:
    """The same elements for gst-launch-1.0, with queues where the agent takes pictures and sound, and gives them on."""
    (capture, publisher), properties = chains(printed)
    capture = _END.sub(r"queue name=\1", capture)
    publisher = _BEGIN.sub(lambda match: f"{_ENDS[match[1]]}. ! ", publisher)
    return with_properties(f"{capture} {publisher}", {**properties, "source": [f"location={address}"]})


@contextmanager
def contestants(directory: Path, server: Server, row: Document) -> Iterator[tuple[dict[str, int], str]]:
    """Both, publishing; their process ids. And the camera's address."""
    with camera(directory, row) as (source, address), ExitStack() as stack:
        audio = SOUND if row.get("sound") else NO_AUDIO
        printed = printed_pipeline(configuration(directory, THEIRS, server.rtsp, source, audio), directory)
        ours = [*AGENT, str(configuration(directory, OURS, server.rtsp, source, audio))]
        theirs = ["gst-launch-1.0", "-q", *launched(printed, address)]
        pids = {}
        for name, argv, environ in ((OURS, ours, agent_environ(directory)), (THEIRS, theirs, None)):
            pids[name] = stack.enter_context(running(argv, directory / f"{name}.log", environ)).pid
        for name in pids:
            server.wait_for(name, directory / f"{name}.log")
        yield pids, address


def one_round(directory: Path, server: Server, row: Document, seconds: float) -> Figures:
    with contestants(directory, server, row) as (pids, address), ThreadPoolExecutor(2) as pool:
        ours = f"rtsp://{HOST}:{server.rtsp}/{OURS}"
        # from the time on that the others are settled
        readers = [pool.submit(watched, url, seconds, SETTLE_S) for url in (address, ours)]
        time.sleep(SETTLE_S)
        began, before = time.monotonic(), {name: ticks(pid) for name, pid in pids.items()}
        sent = status(directory, OURS)["frames_sent"]
        time.sleep(seconds)
        spent = time.monotonic() - began
        cpu = {name: (ticks(pid) - before[name]) / TICKS_S / spent * 100 for name, pid in pids.items()}
        said = status(directory, OURS)
        rss, _, _ = memory(pids[OURS])
        parts = part_target(server, OURS)
        direct, through = (summary(reader.result()) for reader in readers)
    if not until(bool, lambda: not (server.online(OURS) or server.online(THEIRS)), WITHIN_S, 0.1):
        raise EnvivoError("a path", "is still online without its publisher", "look into MediaMTX's log")
    return Figures(
        carried="transcoded" if "transcoded" in said["mode"] else "passed through",
        direct=direct,
        through=through,
        added=through.median - direct.median,
        added_p95=through.p95 - direct.p95,
        cpu=cpu[OURS],
        cpu_gst_launch=cpu[THEIRS],
        ratio=cpu[OURS] / cpu[THEIRS],
        rss=rss,
        fps=(said["frames_sent"] - sent) / spent,
        left_out=said["frames_captured"] - said["frames_encoded"],
        part_target=parts,
        load=os.getloadavg()[0],
    )


def measure(rows: Sequence[str], rounds: int, seconds: int) -> dict[str, list[Figures]]:
    results: dict[str, list[Figures]] = {}
    with workplace() as directory, mediamtx(directory) as server:
        for number in range(rounds):
            for row in rows:
                with step(f"{row}: round {number + 1} of {rounds}"):
                    results.setdefault(row, []).append(one_round(directory, server, ROWS[row], seconds))
    return results


@click.command()
@click.option("--rounds", default=3, type=click.IntRange(1), help="of each camera")
@click.option("--seconds", default=20, type=click.IntRange(1), help="of each round")
@click.option("--only", multiple=True, type=click.Choice([*ROWS]), help="this camera; may be given again")
@as_json
def command(rounds: int, seconds: int, only: Sequence[str], as_json: bool) -> None:
    """What an IP camera's stream costs in the agent and how old it gets there, beside the camera and gst-launch-1.0."""
    results = measure(only or [*ROWS], rounds, seconds)
    columns = ("direct", "added", "to p95", "CPU, %", "ratio", "MiB", "part, s", "load")
    made = table(f"720p25, {seconds} s a round, {rounds} rounds; ms; ratio: to gst-launch", "camera", "", *columns)
    for row, these in results.items():
        latencies = [(one.direct.median, one.added, one.added_p95) for one in these]
        part = max(one.part_target or float("inf") for one in these)
        made.add_row(
            row,
            these[0].carried,
            *(f"{median(figures):.0f}" for figures in zip(*latencies, strict=True)),
            f"{median(one.cpu for one in these):.1f}",
            f"{median(one.ratio for one in these):.2f}",
            f"{max(one.rss for one in these) / 1024:.0f}",
            f"{part:.3f}",
            f"{min(one.load for one in these):.1f}-{max(one.load for one in these):.1f}",
        )
    report(as_json, {"rounds": {row: [asdict(one) for one in these] for row, these in results.items()}}, made)


if __name__ == "__main__":
    main(command)
