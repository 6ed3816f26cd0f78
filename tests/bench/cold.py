"""Bare host to the first decoded frame at a viewer: the deploy beside a bare shell script, one after the other."""

import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
from bench_hosts import DEPLOY, DEPLOYED, ENVIRON, SCRIPTED, new_hosts, silence, ssh_config
from bench_report import as_json, main, report, table
from desired_state import BEFORE_CONTAINERS, DesiredState, desired_state, lab_settings
from race import Result, race
from rich.table import Table

from envivo.core.paths import COMPOSE_FILE, STACK_UID
from envivo.lab.progress import step
from envivo.orchestration.environment import Environment
from envivo.roles.media import guard
from envivo.state.desired import Directory, File

NAMES = {DEPLOYED: "deploy.py", SCRIPTED: "floor.sh"}
SHORTEST_SHOWN_S = 0.1


@contextmanager
def bundle(state: DesiredState) -> Iterator[Path]:
    """What floor.sh uploads, in a directory of its own."""
    with TemporaryDirectory(prefix="envivo-bench-") as directory:
        there = Path(directory)
        shutil.copy(state.artifacts.mediamtx.archive, there / "mediamtx.tar.gz")
        shutil.copy(state.artifacts.caddy.archive, there / "caddy.tar.gz")
        with tarfile.open(there / "files.tar", "w") as tar:
            for one in state.files:
                tar.addfile(*_member(one))
        yield there


def _member(one: Directory | File) -> tuple[tarfile.TarInfo, BytesIO]:
    content = one.content if isinstance(one, File) else b""
    member = tarfile.TarInfo(one.path.lstrip("/"))
    member.type = tarfile.REGTYPE if isinstance(one, File) else tarfile.DIRTYPE
    member.mode, member.size = int(one.mode, 8), len(content)
    member.uid, member.gid = (0 if name == "root" else STACK_UID for name in (one.owner, one.group))
    return member, BytesIO(content)


def without_cameras(settings: Environment) -> Environment:
    """The script publishes by itself, without a password: gst-launch would show it to everybody on the host."""
    paths = {name: {"anonymous_publishing": True} for name in settings.mediamtx.paths}
    return Environment.model_validate(
        {**settings.model_dump(), "cameras": {}, "mediamtx": {**settings.mediamtx.model_dump(), "paths": paths}}
    )


def measure(rounds: int, keep: bool) -> Iterator[tuple[str, Result]]:
    """Who made a stream, and how long it took. The order changes with every round."""
    settings = lab_settings()
    (path,) = settings.cameras
    packages = desired_state(settings).packages
    state = desired_state(without_cameras(settings))
    for number in range(rounds):
        with new_hosts(keep) as addresses, ssh_config(addresses) as config, bundle(state) as files:
            units = " ".join(unit.name for unit in BEFORE_CONTAINERS), guard.UNIT
            script = str(Path(__file__).with_name("floor.sh"))
            floor = [script, str(config), SCRIPTED, str(files), COMPOSE_FILE, *units]
            contestants: list[tuple[str, Sequence[str]]] = [(DEPLOYED, DEPLOY), (SCRIPTED, ["bash", *floor, *packages])]
            for host, argv in contestants if number % 2 == 0 else reversed(contestants):
                endpoint = f"http://{addresses[host]}:{settings.web.port}/webrtc/whep/{path}"
                with step(f"round {number + 1} of {rounds}: {NAMES[host]}"):
                    result = race(argv, ENVIRON, endpoint)
                silence(host)
                yield host, result


def tables(results: Mapping[str, Sequence[Result]], ratio: float) -> list[Table]:
    summary = table("Bare host to the first decoded frame, s", "by", "first frame", "median", "command ended")
    for host, name in NAMES.items():
        frames = [one.first_frame for one in results[host]]
        ended = median(one.command for one in results[host])
        summary.add_row(name, " ".join(f"{one:.1f}" for one in frames), f"{median(frames):.1f}", f"{ended:.1f}")
    summary.add_row("ratio", "", f"{ratio:.2f}", "")
    return [summary, *(phase_table(name, results[host]) for host, name in NAMES.items())]


def phase_table(name: str, results: Sequence[Result]) -> Table:
    spent = {phase: median(one.phases.get(phase, 0) for one in results) for phase in results[0].phases}
    phases = table(f"Where the time of {name} goes, s", "step", "median")
    for phase, seconds in spent.items():
        if seconds >= SHORTEST_SHOWN_S:
            phases.add_row(phase, f"{seconds:.1f}")
    phases.add_row("all others", f"{sum(one for one in spent.values() if one < SHORTEST_SHOWN_S):.1f}")
    return phases


@click.command()
@click.option("--rounds", default=2, type=click.IntRange(1), help="the order changes with every round")
@as_json
@click.option("--keep", is_flag=True, help="leave the last hosts, stopped")
def command(rounds: int, as_json: bool, keep: bool) -> None:
    """Bare host to the first decoded frame: the deploy beside a bare shell script."""
    results: dict[str, list[Result]] = {}
    for host, result in measure(rounds, keep):
        results.setdefault(host, []).append(result)
    deployed, scripted = (median(one.first_frame for one in results[host]) for host in NAMES)
    runs = {NAMES[host]: [asdict(one) for one in of_host] for host, of_host in results.items()}
    ratio = deployed / scripted
    report(as_json, {"runs": runs, "ratio": ratio}, *tables(results, ratio))


if __name__ == "__main__":
    main(command)
