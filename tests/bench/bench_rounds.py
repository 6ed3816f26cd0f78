"""Commands that are measured in turn, so that what else the machine does meets all of them."""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench_hosts import ENVIRON
from bench_report import table
from rich.table import Table

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.lab.progress import step


@dataclass(frozen=True)
class Contestant:
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=lambda: ENVIRON)
    cwd: Path = ROOT
    changed: str = r"(?!)"
    """What a run that changed something prints."""


def run(name: str, one: Contestant) -> tuple[float, bool]:
    """Seconds, and whether it changed something. Raises EnvivoError where it fails."""
    began = time.monotonic()
    done = subprocess.run(one.argv, cwd=one.cwd, env=one.environ, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    said = done.stdout + done.stderr
    if done.returncode:
        raise EnvivoError(name, f"exit code {done.returncode}", f"it ended with\n{said[-3000:]}")
    return seconds, re.search(one.changed, said) is not None


def in_turn(these: Mapping[str, Contestant], rounds: int) -> dict[str, list[float]]:
    """Seconds of every run. Raises EnvivoError where one changed something."""
    seconds: dict[str, list[float]] = {}
    for number in range(rounds):
        with step(f"round {number + 1} of {rounds}"):
            for name, one in these.items():
                spent, changed = run(name, one)
                if changed:
                    raise EnvivoError(name, "changed something", "measure while nobody edits the checkout")
                seconds.setdefault(name, []).append(spent)
    return seconds


def medians(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: median(spent) for name, spent in seconds.items()}


def seconds_of(title: str, seconds: Mapping[str, Sequence[float]]) -> Table:
    rounds = len(next(iter(seconds.values())))
    runs = table(f"{title}, s ({rounds} rounds)", "what", "median", "shortest", "longest")
    for name, spent in seconds.items():
        runs.add_row(name, *(f"{one:.2f}" for one in (median(spent), min(spent), max(spent))))
    return runs
