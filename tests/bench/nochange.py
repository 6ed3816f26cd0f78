"""A run that finds nothing to do: the deploy beside what it cannot do without, and beside ansible-core."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import ansible_core
import click
from bench_hosts import DEPLOY, DEPLOYED, PYINFRA, new_hosts, ssh_config
from bench_report import as_json, main, report, table
from bench_rounds import Contestant, in_turn, medians, run, seconds_of
from desired_state import desired_state, lab_settings

from envivo.lab.progress import step

SSH = "ssh HOST true"
START = "pyinfra --version"
EMPTY = "pyinfra @local empty.py"
OURS = "deploy.py"
THEIRS = "ansible-core"


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


def measure(rounds: int, every: int, keep: bool) -> dict[str, list[float]]:
    """Seconds of every run, after a first round that brings the host to where nothing is left to do."""
    with new_hosts(keep, ready=True) as addresses, ssh_config(addresses) as config, contestants(config, every) as these:
        for name in (OURS, THEIRS):
            with step(f"{name}: the first run"):
                run(name, these[name])
        return in_turn(these, rounds)


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
    middle = medians(seconds)
    runs = seconds_of("A run that finds nothing to do", seconds)
    compared = table("Compared", "what", "ratio of medians")
    for name, ratio in ratios(middle).items():
        compared.add_row(name, f"{ratio:.2f}")
    report(as_json, {"runs": seconds, "medians": middle, "ratios": ratios(middle)}, runs, compared)


if __name__ == "__main__":
    main(command)
