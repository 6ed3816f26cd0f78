"""What a person waits for on deployed hosts: deploys that find nothing to do, `envivo plan` and `envivo status`."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from bench_hosts import DEPLOY, ENVIRON, new_hosts
from bench_report import as_json, main, report, table
from bench_rounds import Contestant, in_turn, medians, run, seconds_of

from envivo.core.paths import PROJECT as ROOT
from envivo.core.polling import until
from envivo.lab import topology
from envivo.lab.progress import step

PLAIN, FRONT, PLAN = "pyinfra deploy.py", "envivo deploy --no-verify", "envivo plan"
STATUS = "envivo status"
ENVIVO = str(ROOT / ".venv/bin/envivo")
ENV = "lab"
LIVE_WITHIN_S = 60
SETTINGS = """
from envivo import environment, secret

settings = environment(
    mediamtx={{
        "monitor": {{"user": "monitor", "password": secret("monitor")}},
        "paths": {{name: {{"publisher": {{"user": name, "password": secret(name)}}}} for name in {hosts!r}}},
    }},
    cameras={{name: {{"source": "test", "host": name}} for name in {hosts!r}}},
)
"""
"""A camera for each host of the group."""


@contextmanager
def contestants(chosen: topology.Topology) -> Iterator[dict[str, Contestant]]:
    hosts = [host.name for host in chosen.hosts if "cameras" in host.groups]
    environ = {**ENVIRON, "ENVIVO_TOPOLOGY": chosen.name}
    with TemporaryDirectory(prefix="envivo-bench-") as directory:
        Path(directory, f"{ENV}.py").write_text(SETTINGS.format(hosts=hosts))
        where = ["--group-data", directory]
        yield {
            PLAIN: Contestant([*DEPLOY, *where], environ, changed=r"\] Success"),
            FRONT: Contestant([ENVIVO, "deploy", ENV, "--no-verify", *where], environ),
            PLAN: Contestant([ENVIVO, "plan", ENV, *where], environ),
            STATUS: Contestant([ENVIVO, "status", ENV, *where], environ),
        }


def code_of(one: Contestant) -> int:
    return subprocess.run(one.argv, cwd=one.cwd, env=one.environ, capture_output=True, check=False).returncode


@click.command()
@click.option("--rounds", default=5, type=click.IntRange(1), help="each runs every command once")
@click.option("--topology", "named", default="cameras", help="of the lab; `cameras` has three hosts")
@as_json
@click.option("--keep", is_flag=True, help="leave the hosts as they were measured")
def command(rounds: int, named: str, as_json: bool, keep: bool) -> None:
    """Deploys that find nothing to do, `envivo plan` and `envivo status`, in turn."""
    chosen = topology.named(named)
    with new_hosts(keep, ready=True, chosen=chosen), contestants(chosen) as these:
        with step(f"{PLAIN}: the first run"):
            run(PLAIN, these[PLAIN])
        with step("until all cameras are live"):
            until(lambda code: code == 0, lambda: code_of(these[STATUS]), LIVE_WITHIN_S, 1)
        seconds = in_turn(these, rounds)
    middle = medians(seconds)
    hosts = sum(bool(host.groups) for host in chosen.hosts)
    compared = table("Compared", "what", "ratio of medians")
    ratios = {f"{name} / {PLAIN}": middle[name] / middle[PLAIN] for name in (PLAN, FRONT)}
    for name, ratio in ratios.items():
        compared.add_row(name, f"{ratio:.2f}")
    figures = {"hosts": hosts, "runs": seconds, "medians": middle, "ratios": ratios}
    report(as_json, figures, seconds_of(f"Nothing to do on {hosts} hosts", seconds), compared)


if __name__ == "__main__":
    main(command)
