"""CPU and memory of the agent beside gst-launch-1.0 with the same pipeline, both at work at the same time."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click
from agent_bench import (
    AGENT,
    NO_AUDIO,
    TEST_PICTURE,
    Document,
    Server,
    agent_environ,
    configuration,
    launch_arguments,
    mediamtx,
    memory,
    printed_pipeline,
    running,
    status,
    workplace,
)
from bench_report import as_json, main, report, table

from envivo.core.errors import EnvivoError
from envivo.lab.progress import step

OURS, THEIRS = "agent", "gst-launch"
SIZE = "video/x-raw,format=I420,width=1280,height=720,framerate=30/1"
SETTLE_S = 8
"""After both are online: pools, arenas and the rate control have found their size."""
_CLIP_MORE_S = 25
"""The clip is longer than the measurement: nobody begins it again."""
TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """`cpu`: percent of one core over the window. KiB at its end: resident, the share of it, what is its own alone."""

    cpu: float
    rss: int
    pss: int
    private: int
    kbps: int
    """What the server received."""


def clip(directory: Path, seconds: int) -> Path:
    """What a camera gives: motion, noise, one JPEG a frame (about 95 KB)."""
    file, frames = directory / "clip.avi", f"num-buffers={seconds * 30}"
    made = (
        f"compositor name=mix sink_1::alpha=0.04 ! {SIZE} ! jpegenc quality=80 ! avimux ! filesink location={file}"
        f" videotestsrc pattern=smpte horizontal-speed=3 {frames} ! {SIZE} ! mix.sink_0"
        f" videotestsrc pattern=snow {frames} ! {SIZE} ! mix.sink_1"
    )
    done = subprocess.run(
        ["gst-launch-1.0", "-q", *made.split()], capture_output=True, text=True, timeout=seconds * 5 + 60, check=False
    )
    if done.returncode:
        raise EnvivoError("the clip", "cannot be made", f"gst-launch-1.0 says\n{done.stdout}{done.stderr}")
    return file


def ticks(pid: int) -> int:
    """User and system, of all threads; of no child."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@contextmanager
def contestants(directory: Path, server: Server, source: Document, instead: str) -> Iterator[dict[str, int]]:
    """Both, publishing; their process ids. `instead` is gst-launch's source where the agent has none of GStreamer's."""
    printed = printed_pipeline(configuration(directory, THEIRS, server.rtsp, source, NO_AUDIO), directory)
    launch = ["gst-launch-1.0", "-q", *launch_arguments(printed, instead)]
    ours = [*AGENT, str(configuration(directory, OURS, server.rtsp, source, NO_AUDIO))]
    with ExitStack() as stack:
        pids = {}
        for name, argv, environ in ((OURS, ours, agent_environ(directory)), (THEIRS, launch, None)):
            pids[name] = stack.enter_context(running(argv, directory / f"{name}.log", environ)).pid
        for name in pids:
            server.wait_for(name, directory / f"{name}.log")
        yield pids


def one_round(
    directory: Path, server: Server, source: Document, instead: str, seconds: float
) -> tuple[dict[str, Cost], float]:
    """And the frames a second that the agent sent: who sends fewer has less to do."""
    with contestants(directory, server, source, instead) as pids:
        time.sleep(SETTLE_S)
        began = time.monotonic()
        before = {name: (ticks(pid), server.path(name)["bytesReceived"]) for name, pid in pids.items()}
        sent = status(directory, OURS)["frames_sent"]
        time.sleep(seconds)
        spent = time.monotonic() - began
        fps = (status(directory, OURS)["frames_sent"] - sent) / spent
        costs = {}
        for name, pid in pids.items():
            cpu = (ticks(pid) - before[name][0]) / TICKS_S / spent * 100
            kbps = round((server.path(name)["bytesReceived"] - before[name][1]) * 8 / 1000 / spent)
            costs[name] = Cost(cpu, *memory(pid), kbps)
        return costs, fps


def ratios(costs: Sequence[dict[str, Cost]]) -> dict[str, float]:
    """Medians over the rounds of what each round says: both had the same neighbours then."""
    return {
        key: median(getattr(one[OURS], key) / getattr(one[THEIRS], key) for one in costs)
        for key in ("cpu", "rss", "pss", "private")
    }


def measure(rounds: int, seconds: int) -> dict[str, list[Any]]:
    """Of each source the rounds: costs, frames a second, load."""
    if not shutil.which("gst-launch-1.0"):
        raise EnvivoError("gst-launch-1.0", "is not installed", "run `./setup.sh tests`")
    results: dict[str, list[Any]] = {}
    with workplace() as directory, mediamtx(directory) as server:
        with step(f"a clip of {seconds + _CLIP_MORE_S} s"):
            file = clip(directory, seconds + _CLIP_MORE_S)
        drawn = f"videotestsrc is-live=true pattern=ball ! {SIZE}"
        clipped = {"kind": "file", "file": str(file)}
        sources = {"clip": (rounds, clipped, ""), "test picture": (1, TEST_PICTURE, drawn)}
        for what, (times, source, instead) in sources.items():
            for number in range(times):
                with step(f"{what}: round {number + 1} of {times}"):
                    costs, fps = one_round(directory, server, source, instead, seconds)
                results.setdefault(what, []).append((costs, fps, os.getloadavg()[0]))
    return results


@click.command()
@click.option("--rounds", default=5, type=click.IntRange(1), help="with the clip: each runs both at the same time")
@click.option("--seconds", default=60, type=click.IntRange(1), help="of each round")
@as_json
def command(rounds: int, seconds: int, as_json: bool) -> None:
    """CPU and memory of the agent beside gst-launch-1.0 with the same pipeline, both at work at the same time."""
    results = measure(rounds, seconds)
    compared = {what: ratios([costs for costs, _, _ in these]) for what, these in results.items()}
    columns = ("CPU, %", "RSS, MiB", "PSS", "private", "kbit/s", "fps", "load")
    tables, runs = [], dict[str, list[Document]]()
    for what, these in results.items():
        made, runs[what] = table(f"{what}: 720p30, 2500 kbit/s, {seconds} s a round", "who", *columns), []
        for costs, fps, load in these:
            runs[what].append({"fps": fps, "load": load, **{name: asdict(cost) for name, cost in costs.items()}})
            for name, cost in costs.items():
                mib = [f"{kib / 1024:.1f}" for kib in (cost.rss, cost.pss, cost.private)]
                sent = f"{fps:.1f}" if name == OURS else ""
                made.add_row(name, f"{cost.cpu:.1f}", *mib, str(cost.kbps), sent, f"{load:.1f}")
        ratio = compared[what]
        made.add_section()
        made.add_row("ratio", *(f"{ratio[key]:.2f}" for key in ("cpu", "rss", "pss", "private")))
        tables.append(made)
    report(as_json, {"runs": runs, "ratios": compared}, *tables)


if __name__ == "__main__":
    main(command)
