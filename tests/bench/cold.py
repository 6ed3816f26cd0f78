"""Bare host to the first decoded frame at a viewer: the deploy beside a bare shell script, one after the other.

    .venv/bin/python tests/bench/cold.py

Words and figures: docs/benchmarks.md.
"""

import json
import shutil
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
from bench_hosts import DEPLOY, DEPLOYED, ENVIRON, SCRIPTED, bare, silence, ssh_config
from bench_report import circumstances, main, table
from desired_state import DesiredState, desired_state, lab_settings
from race import Result, race

from envivo.operations.files import Directory, File
from roles.environment import Environment
from roles.media.settings import UID

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
    member.uid, member.gid = (0 if name == "root" else UID for name in (one.owner, one.group))
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
    packages = desired_state(settings).packages
    state = desired_state(without_cameras(settings))
    for number in range(rounds):
        with bare(keep) as addresses, ssh_config(addresses) as config, bundle(state) as files:
            floor = [str(Path(__file__).with_name("floor.sh")), str(config), SCRIPTED, str(files), state.compose_file]
            contestants: list[tuple[str, Sequence[str]]] = [(DEPLOYED, DEPLOY), (SCRIPTED, ["bash", *floor, *packages])]
            for host, argv in contestants if number % 2 == 0 else reversed(contestants):
                endpoint = f"http://{addresses[host]}:{settings.web.port}/webrtc/whep/webcam"
                print(f"round {number + 1}: {argv[0]} ...", file=sys.stderr)
                yield host, race(argv, ENVIRON, endpoint)
                silence(host)


def medians(results: Sequence[Result]) -> Mapping[str, float]:
    names = dict.fromkeys(name for one in results for name in one.phases)
    return {name: median(one.phases.get(name, 0) for one in results) for name in names}
