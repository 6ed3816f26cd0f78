"""Whether low-latency HLS keeps its short parts, start after start of the agent, and how soon each start is online."""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urljoin

import click
import requests
from agent_bench import HOST, NO_AUDIO, OPUS, WITHIN_S, Document, Server, agent, mediamtx, workplace
from bench_report import as_json, main, report, table

from envivo.core.errors import EnvivoError
from envivo.core.polling import until
from envivo.lab.progress import step
from envivo.probes import hls, web

NAME = "webcam"
READ_AFTER_S = 5
"""After the stream is online: a long first frame has shown by then, and whoever watches is stuck with it."""


@dataclass(frozen=True)
class Start:
    """`part_target`: seconds, None where the playlist has no parts. `online_s`: since the process was started."""

    sound: bool
    part_target: float | None
    online_s: float
    load: float


def part_target(server: Server, name: str = NAME) -> float | None:
    """Of the media playlist, as a viewer reads it: MediaMTX knows its viewers by a cookie."""
    viewer = requests.Session()
    index = f"http://{HOST}:{server.hls}/{name}/index.m3u8"
    first = until(lambda answer: answer.status_code != 404, lambda: web.ask("GET", index, viewer), WITHIN_S)
    if first.status_code != 200:
        raise web.refused(first)
    playlist = web.ask("GET", urljoin(first.url, hls.variant(first.text)), viewer)
    if playlist.status_code != 200:
        raise web.refused(playlist)
    return hls.media_playlist(playlist.text).part_target


def start(directory: Path, server: Server, audio: Document) -> Start:
    with agent(directory, NAME, server.rtsp, audio) as (_, log):
        began = time.monotonic()
        server.wait_for(NAME, log, every_s=0.02)
        online_s = time.monotonic() - began
        time.sleep(READ_AFTER_S)
        found = Start(audio is OPUS, part_target(server), online_s, os.getloadavg()[0])
    if not until(bool, lambda: not server.online(NAME), WITHIN_S, 0.1):
        raise EnvivoError(NAME, "is still online without its agent", "look into MediaMTX's log")
    return found


def measure(starts: int) -> list[Start]:
    """So many with sound, and so many without, in turns."""
    found = []
    with workplace() as directory, mediamtx(directory) as server:
        for number in range(starts):
            with step(f"starts {2 * number + 1} and {2 * number + 2} of {2 * starts}"):
                found += [start(directory, server, audio) for audio in (NO_AUDIO, OPUS)]
    return found


@click.command()
@click.option("--starts", default=10, type=click.IntRange(1), help="with sound, and as many without")
@as_json
def command(starts: int, as_json: bool) -> None:
    """Whether low-latency HLS keeps its short parts, start after start of the agent."""
    found = measure(starts)
    largest = max(one.part_target or float("inf") for one in found)
    title = f"{len(found)} starts, the largest part target {largest:.3f} s"
    made = table(title, "what", "PART-TARGET, s", "online after, s", "median", "longest", "load")
    for what, sound in (("without sound", False), ("with Opus", True)):
        these = [one for one in found if one.sound is sound]
        online = [one.online_s for one in these]
        made.add_row(
            what,
            " ".join("none" if one.part_target is None else f"{one.part_target:.3f}" for one in these),
            " ".join(f"{one:.2f}" for one in online),
            *(f"{one:.2f}" for one in (median(online), max(online))),
            f"{min(one.load for one in these):.1f}-{max(one.load for one in these):.1f}",
        )
    report(as_json, {"starts": [asdict(one) for one in found], "largest": largest}, made)


if __name__ == "__main__":
    main(command)
