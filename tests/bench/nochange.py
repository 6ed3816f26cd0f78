"""A run that finds nothing to do: the deploy beside what it cannot do without, and beside ansible-core."""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import ansible_core
import click
from bench_hosts import DEPLOY, DEPLOYED, ENVIRON, PYINFRA, new_hosts, ssh_config
from bench_report import as_json, main, report, table
from desired_state import desired_state, lab_settings

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.lab.progress import step

SSH = "ssh HOST true"
START = "pyinfra --version"
EMPTY = "pyinfra @local empty.py"
OURS = "deploy.py"
THEIRS = "ansible-core"


@dataclass(frozen=True)
class Contestant:
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=lambda: ENVIRON)
    cwd: Path = ROOT
    changed: str = r"(?!)"
    """What a run that changed something prints."""


@contextmanager
def contestants(config: Path, every: int) -> Iterator[dict[str, Contestant]]:
    state = desired_state(lab_settings())
    state = replace(state, files=state.files[::every])
    with (
        TemporaryDirectory(prefix="envivo-bench-") as empty,
        ansible_core.playbook(state, DEPLOYED, config) as (argv, environ),
    ):
        Path(empty, "empty.py").touch()
        yield {
            SSH: Contestant(["ssh", "-F", str(config), DEPLOYED, "true"]),
            START: Contestant([PYINFRA, "--version"]),
            EMPTY: Contestant([PYINFRA, "@local", "empty.py", "-y"], cwd=Path(empty)),
            OURS: Contestant(DEPLOY, changed=r"\] Success"),
            THEIRS: Contestant(argv, environ, changed=r"changed=[1-9]"),
        }


def run(name: str, one: Contestant) -> tuple[float, bool]:
    """Seconds, and whether it changed something. Raises EnvivoError where it fails."""
    began = time.monotonic()
    done = subprocess.run(one.argv, cwd=one.cwd, env=one.environ, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    said = done.stdout + done.stderr
    if done.returncode:
        raise EnvivoError(name, f"exit code {done.returncode}", f"it ended with\n{said[-3000:]}")
    return seconds, re.search(one.changed, said) is not None


def measure(rounds: int, every: int, keep: bool) -> dict[str, list[float]]:
    """Seconds of every run, after a first round that brings the host to where nothing is left to do."""
    seconds: dict[str, list[float]] = {}
    with new_hosts(keep, ready=True) as addresses, ssh_config(addresses) as config, contestants(config, every) as these:
        for name in (OURS, THEIRS):
            with step(f"{name}: the first run"):
                run(name, these[name])
        for number in range(rounds):
            with step(f"round {number + 1} of {rounds}"):
                for name, one in these.items():
                    spent, changed = run(name, one)
                    if changed:
                        raise EnvivoError(name, "changed something", "measure while nobody edits the checkout")
                    seconds.setdefault(name, []).append(spent)
    return seconds


def ratios(middle: Mapping[str, float]) -> dict[str, float]:
    return {
        f"{OURS} / ({SSH} + {START})": middle[OURS] / (middle[SSH] + middle[START]),
        f"{OURS} / ({SSH} + {EMPTY})": middle[OURS] / (middle[SSH] + middle[EMPTY]),
        f"{THEIRS} / {OURS}": middle[THEIRS] / middle[OURS],
    }


@click.command()
@click.option("--rounds", default=5, type=click.IntRange(1), help="each runs every contestant once")
@click.option("--every", default=1, type=click.IntRange(1), help="give ansible-core only every Nth file, for a try")
@as_json
@click.option("--keep", is_flag=True, help="leave the host as it was measured")
def command(rounds: int, every: int, as_json: bool, keep: bool) -> None:
    """A run that finds nothing to do: the deploy beside what it cannot do without, and beside ansible-core."""
    seconds = measure(rounds, every, keep)
    middle = {name: median(spent) for name, spent in seconds.items()}
    runs = table(f"A run that finds nothing to do, s ({rounds} rounds)", "what", "median", "shortest", "longest")
    for name, spent in seconds.items():
        runs.add_row(name, *(f"{one:.2f}" for one in (middle[name], min(spent), max(spent))))
    compared = table("Compared", "what", "ratio of medians")
    for name, ratio in ratios(middle).items():
        compared.add_row(name, f"{ratio:.2f}")
    report(as_json, {"runs": seconds, "medians": middle, "ratios": ratios(middle)}, runs, compared)


if __name__ == "__main__":
    main(command)
