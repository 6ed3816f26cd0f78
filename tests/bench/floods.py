"""A viewer and a stranger's floods: the viewer's frame rate and the time of a sign-in beside each of them.

On the deployed topology `wan` (staging). Each flood is bounded in time and number, and meets lab hosts only.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from threading import Thread

import click
from bench_report import as_json, main, report, table

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.lab import acme, keys, wan
from envivo.secrets import resolve, secret

NAME = "media.envivo.test"
HERE = Path(__file__).parent
MOST = 600
"""Tries of one flood."""
FLOODS = {
    "nothing": "",
    "connections to 443": "connect:443",
    "connections to 8322": "connect:8322",
    "half TLS hellos, held, to 443": "half-hello:443",
    "half TLS hellos, held, to 8322": "half-hello:8322",
    "TLS handshakes with 443": "tls:443",
    "ANNOUNCE without a password": "announce:",
    "passwords of unknown users": "password:nobody-",
    "wrong passwords of a known user": "password:viewer",
}


@dataclass(frozen=True)
class Beside:
    """What a viewer had beside one flood."""

    flood: str
    tries: int
    ended: dict[str, int]
    fps: float
    sign_in_s: list[float] = field(default_factory=list)
    refused: int = 0
    """Sign-ins that did not succeed."""


@dataclass
class Viewer:
    seen: list[dict[str, float | None]] = field(default_factory=list)

    def between(self, began: float, ended: float) -> list[dict[str, float | None]]:
        return [one for one in self.seen if began <= float(one["at"] or 0) <= ended]


@contextmanager
def viewer(seconds: float) -> Iterator[Viewer]:
    """Plays in the office's network until the block ends. Raises EnvivoError where it gets no picture."""
    told = {
        "endpoint": f"https://{NAME}/webrtc/whep/webcam",
        "user": "viewer",
        "password": resolve("staging", secret("view-webcam"), generate=True),
        "seconds": seconds,
    }
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "REQUESTS_CA_BUNDLE": str(acme.ROOT)}
    argv = [*wan.inside("wan-viewer"), sys.executable, str(HERE / "flood_viewer.py")]
    playing = Viewer()
    with subprocess.Popen(
        argv, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(told))
        process.stdin.close()
        first = process.stdout.readline()
        if not first:
            raise EnvivoError("wan-viewer", "gets no picture", "deploy staging to the topology wan, and verify it")
        lines = process.stdout
        reading = Thread(target=lambda: playing.seen.extend(map(json.loads, lines)), daemon=True)
        reading.start()
        try:
            yield playing
        finally:
            process.terminate()
            reading.join(10)


def flooded(kind: str, address: str, seconds: float) -> tuple[int, dict[str, int]]:
    """Runs one flood to its end on the stranger's host."""
    command = ["docker", "exec", "-i", "wan-stranger", "python3", "-", kind, address, NAME, str(seconds), str(MOST)]
    script = (HERE / "flood.py").read_text()
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=seconds + 60, check=False)
    if done.returncode:
        raise EnvivoError("wan-stranger", f"the flood {kind} failed", done.stderr.strip().splitlines()[-1])
    told = json.loads(done.stdout)
    return told["tries"], told["ended"]


def measure(seconds: float) -> Iterator[Beside]:
    address = wan.TOPOLOGY.domains(keys.ranges())[NAME]
    with viewer((seconds + 5) * len(FLOODS) + 60) as playing:
        for name, kind in FLOODS.items():
            began = time.time()
            tries, ended = flooded(kind, address, seconds) if kind else (0, {})
            time.sleep(max(0.0, began + seconds - time.time()))
            looks = playing.between(began, time.time())
            if len(looks) < 2:
                raise EnvivoError(name, "the viewer said nothing meanwhile", "see whether staging still stands")
            first, last = looks[0], looks[-1]
            frames, spent = (float(last[key] or 0) - float(first[key] or 0) for key in ("frames", "at"))
            times = [one["sign_in_s"] for one in looks]
            yield Beside(
                name, tries, ended, round(frames / spent, 1),
                sorted(round(one, 2) for one in times if one is not None), times.count(None),
            )  # fmt: skip


@click.command()
@click.option("--seconds", default=15.0, type=click.FloatRange(3, 60), help="of each flood")
@as_json
def command(seconds: float, as_json: bool) -> None:
    """A viewer and a stranger's floods: frame rate and time of a sign-in beside each."""
    seen = list(measure(seconds))
    columns = ("tries", "how they ended", "viewer's fps", "sign-in, s: median", "longest", "refused")
    made = table(f"beside floods of {seconds:g} s, 40 at a time, at most {MOST}", "flood", *columns)
    for one in seen:
        ended = ", ".join(f"{count} {word}" for word, count in one.ended.items())
        times = one.sign_in_s or [float("nan")]
        made.add_row(
            one.flood, str(one.tries), ended, f"{one.fps:g}", f"{median(times):.2f}", f"{max(times):.2f}",
            str(one.refused),
        )  # fmt: skip
    report(as_json, {"floods": [asdict(one) for one in seen]}, made)


if __name__ == "__main__":
    main(command)
