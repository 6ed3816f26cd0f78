"""Every bench of tests/bench with its smallest load: it ends well and says its figures, however large they are."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from envivo.core.paths import PROJECT as ROOT
from envivo.lab import keys, topology
from tests.e2e.lab import lab_down
from tests.patience import patient

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(600))]

BENCH = ROOT / "tests" / "bench"
TOPOLOGY = topology.named("bench")
Said = subprocess.CompletedProcess[str]

ON_THIS_MACHINE: dict[tuple[str, ...], tuple[str | int, ...]] = {
    ("agent_parts.py", "--starts", "1"): ("largest",),
    ("agent_latency.py", "--seconds", "3"): ("latency_ms", "with Opus", "median"),
    ("agent_cost.py", "--rounds", "1", "--seconds", "3"): ("ratios", "test picture", "cpu"),
    ("agent_outage.py", "0.1"): ("back_after_s",),
    ("loss.py", "--seconds", "2", "--settle", "1", "--only", "5 %"): ("seen", "5 %", "auto", "shown"),
    ("first_picture.py", "--loads", "2"): ("ms", "now", 0),
    ("ip_camera.py", "--rounds", "1", "--seconds", "3", "--only", "jumps"): ("rounds", "jumps", 0, "added"),
    ("wrong_passwords.py", "--requests", "1"): ("costs", "chosen", "unknown name", "cpu_ms"),
}
ON_HOSTS: dict[tuple[str, ...], tuple[str | int, ...]] = {
    ("nochange.py", "--rounds", "1", "--every", "8", "--keep"): ("ratios", "ansible-core / deploy.py"),
    # whose host is left deployed for those
    ("viewer.py", "latency", "--seconds", "3"): ("latency_ms", "hls", "p50"),
    ("viewer.py", "first-frame", "--loads", "1"): ("first_frame_ms", "hls", "p50"),
    ("viewer.py", "long", "--minutes", "0.05"): ("long", "hls", "p50"),
    ("cold.py", "--rounds", "1"): ("ratio",),
    ("day_two.py", "--rounds", "1", "--topology", "bench"): ("ratios",),
}
"""Command -> where a figure is in its JSON. Those on hosts share them, in this order."""

IN_OTHER_SUITES = {"floods.py"}
"""tests/e2e/wan/test_8_floods.py runs it on the hosts that it needs."""


def run(*command: str) -> Said:
    """Its figures for machines; the tables for people are made all the same."""
    argv = [sys.executable, str(BENCH / command[0]), *command[1:], "--json"]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def on_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, ...], Future[Said]]]:
    """Beside those on this machine."""
    pictures = tmp_path_factory.mktemp("pictures")

    def on_host(command: tuple[str, ...]) -> Said:
        if command[0] != "viewer.py":
            return run(*command)
        origin = f"http://{TOPOLOGY.hosts[0].address(keys.ranges())}:8080"
        said = run(*command, "--origin", origin, "--pictures", str(pictures / command[1]))
        assert said.returncode or list(pictures.glob(f"{command[1]}/*.png")), "no chart was drawn"
        return said

    try:
        with ThreadPoolExecutor(1) as pool:
            yield {command: pool.submit(on_host, command) for command in ON_HOSTS}
    finally:
        lab_down(TOPOLOGY.name)


def check(said: Said, path: tuple[str | int, ...]) -> None:
    assert said.returncode == 0, said.stderr[-3000:]
    figures = json.loads(said.stdout)
    assert all(map(math.isfinite, numbers(figures))), figures
    for key in path:
        figures = figures[key]
    assert isinstance(figures, int | float), figures


def numbers(figures: object) -> Iterator[float]:
    if isinstance(figures, dict | list):
        for figure in figures.values() if isinstance(figures, dict) else figures:
            yield from numbers(figure)
    elif isinstance(figures, int | float):
        yield figures


def name(command: tuple[str, ...]) -> str:
    return " ".join(command)


def test_no_bench_is_left_out() -> None:
    scripts = {file.name for file in BENCH.glob("*.py") if "\n    main(command)\n" in file.read_text()}
    assert scripts == {command[0] for command in (*ON_THIS_MACHINE, *ON_HOSTS)} | IN_OTHER_SUITES


@pytest.mark.usefixtures("on_hosts")
@pytest.mark.parametrize("command", ON_THIS_MACHINE, ids=name)
def test_bench(command: tuple[str, ...]) -> None:
    check(run(*command), ON_THIS_MACHINE[command])


@pytest.mark.parametrize("command", ON_HOSTS, ids=name)
def test_bench_on_hosts(on_hosts: dict[tuple[str, ...], Future[Said]], command: tuple[str, ...]) -> None:
    check(on_hosts[command].result(), ON_HOSTS[command])
