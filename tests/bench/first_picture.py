"""Is the first picture there as soon as it was? The page of the checkout beside that of another commit, load by load.

As root, on this machine alone; needs Chromium.
"""

import io
import os
import random
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

import click
from agent_bench import workplace
from bench_report import as_json, main, report, table
from image_program import image_program
from loopback_caddy import loopback_caddy
from loss import Viewer
from loss_stream import PAGE_PORT, of_page, serve, stream
from lossy_network import links, own_network
from playwright.sync_api import sync_playwright
from viewer_page import first_frame

from envivo.core.paths import PROJECT as ROOT
from envivo.lab.progress import step
from envivo.roles.media import served

BEFORE_PORT, BEFORE_HEALTH_PORT = 8081, 8078
BEFORE = "c8aa279^"
"""Before the page got its second way through bad networks, foreign servers and old browsers (2026-11-30)."""


def files_of(commit: str) -> Iterator[tuple[Path, bytes]]:
    """The page as it was deployed then."""
    packed = subprocess.run(["git", "archive", commit, "player"], cwd=ROOT, capture_output=True, check=True).stdout
    strips = ["git", "cat-file", "-e", f"{commit}:roles/media/served.py"]
    stripped = not subprocess.run(strips, cwd=ROOT, capture_output=True, check=False).returncode
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if content := archive.extractfile(member):
                path, read = Path(member.name).relative_to("player"), content.read()
                yield path, served.without_comments(path, read) if stripped else read


@click.command()
@click.option("--loads", default=60, show_default=True, type=click.IntRange(2), help="of each page")
@click.option("--before", default=BEFORE, show_default=True, help="the commit to compare with")
@click.option("--way", default="auto", show_default=True, type=click.Choice(["auto", "webrtc", "hls"]))
@as_json
def command(loads: int, before: str, way: str, as_json: bool) -> None:
    """From the page's address to the first picture, ms, with an empty cache, at random moments."""
    own_network()
    ports = {"before": BEFORE_PORT, "now": PAGE_PORT}
    found: dict[str, list[float]] = {name: [] for name in ports}
    seen: list[float] = []
    with ExitStack() as until:
        directory = until.enter_context(workplace())
        until.enter_context(stream(directory))
        settings = of_page(port=BEFORE_PORT, health_port=BEFORE_HEALTH_PORT)
        place = directory / "before"
        place.mkdir()
        caddy = until.enter_context(loopback_caddy(settings, place, image_program("caddy", place)))
        serve(caddy.root, files_of(before))
        (link,) = until.enter_context(links(1))  # on loopback alone no browser finds an address for WebRTC
        browser = Viewer(until.enter_context(sync_playwright()), directory, link).browser
        with step(f"{2 * loads} loads"):
            for number in range(2 * loads):
                # one after the other, and each as often the first of its pair
                name = ("before", "now")[(number + number // 2) % 2]
                found[name].append(first_frame(browser, f"http://{link.server}:{ports[name]}", way)["first"])
                seen.append(os.getloadavg()[0])
                time.sleep(0.3 + random.random())  # noqa: S311 - not in step with key frames
    made = table(f"Until the first picture, ms: {loads} loads each", "page", "p50", "p95", "longest")
    for name, values in found.items():
        made.add_row(name, f"{median(values):.0f}", f"{quantiles(values, n=20)[-1]:.0f}", f"{max(values):.0f}")
    later = [now - then for now, then in zip(found["now"], found["before"], strict=True)]
    made.add_row("later", f"{median(later):+.0f}", "", "")
    report(as_json, {"before": before, "way": way, "ms": found, "load": median(seen)}, made)


if __name__ == "__main__":
    main(command)
