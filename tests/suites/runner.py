"""Runs the suites: processes, two lanes, and what they leave in test-results/."""

import os
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from envivo.core.paths import PROJECT as ROOT
from tests.e2e.lab import RESULTS, SUITE
from tests.patience import patient
from tests.suites.catalogue import Suite

RESULTS_FOLDER = ROOT / "test-results"
BIN = ROOT / ".venv" / "bin"
LINTERS = ROOT / "tests/lint/node_modules/.bin"
"""Of the page's JavaScript."""
MAX_FAILURES = 3
"""Of a suite; what comes after so many is not worth waiting for."""
HANGS_AFTER_S = round(patient(200))
"""Of a test of a suite, which says no bound of its own: the longest takes a minute on two idle cores."""
UNIT = ("tests/unit", "tests/plan")
WORKERS = 6
"""Of two cores: tests wait for frames and time limits more than half of their time."""
_LOW_PRIORITY = ("nice", "-n", "10")  # 19 starves `envivo verify`, which has limits of its own, beside a busy loop
_print_lock = threading.Lock()


@dataclass(frozen=True)
class Step:
    """One process of a run."""

    name: str
    command: tuple[str, ...]
    low_priority: bool = False


@dataclass
class Ended:
    step: Step
    code: int
    seconds: float


@dataclass
class Run:
    """The processes of a run so far."""

    ended: list[Ended] = field(default_factory=list)

    @property
    def red(self) -> bool:
        return any(ended.code for ended in self.ended)

    def one(self, step: Step) -> bool:
        """Run it to its end; whether it succeeded. Its output is shown with its name, and kept."""
        began = time.monotonic()
        say(step.name, "begins")
        prefix = _LOW_PRIORITY if step.low_priority else ()
        environment = {**os.environ, RESULTS: str(RESULTS_FOLDER), SUITE: step.name, "PYTHONUNBUFFERED": "1"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # each worker would compile all tests anew: 3 s of CPU
        with (
            (RESULTS_FOLDER / f"{step.name}.log").open("w") as log,
            subprocess.Popen(
                [*prefix, *step.command],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, text=True, errors="replace",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            ) as process,
        ):  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                log.flush()
                say(step.name, line.rstrip())
        seconds = time.monotonic() - began
        self.ended.append(Ended(step, process.returncode, seconds))
        say(step.name, f"{'passed' if not process.returncode else 'FAILED'} in {minutes(seconds)}")
        return process.returncode == 0

    def in_turn(self, steps: Iterable[Step]) -> bool:
        """Run them one after the other until one fails; whether all succeeded."""
        return all(self.one(step) for step in steps)

    def at_once(self, *lanes: Iterable[Step]) -> bool:
        """Run each of them in turn, beside the others; whether all succeeded."""
        with ThreadPoolExecutor() as pool:
            return all(list(pool.map(self.in_turn, lanes)))

    def in_lanes(self, suites: Sequence[Suite], proofs: str, behind: int = 1) -> None:
        """Run all: those in front one by one, beside them the rest at a low priority, `behind` of them at a time."""
        waiting, running = list(suites), list[Suite]()
        changed = threading.Condition()

        def lane(*, front: bool) -> None:
            while True:
                with changed:
                    while (suite := next_suite(waiting, running, front)) is None:
                        if not waiting:
                            return
                        changed.wait()
                    waiting.remove(suite)
                    running.append(suite)
                self.one(Step(suite.name, lab_tests(suite, proofs), low_priority=not suite.front))
                with changed:
                    running.remove(suite)
                    changed.notify_all()

        lanes = [threading.Thread(target=lane, kwargs={"front": front}) for front in (True, *[False] * behind)]
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()


def next_suite(waiting: Sequence[Suite], running: Sequence[Suite], front: bool) -> Suite | None:
    """The next for a lane, whose hosts nobody uses; the lane in front takes others only when it has none of its own."""
    taken = {name for suite in running for name in suite.topologies}
    free = [suite for suite in waiting if not taken & set(suite.topologies)]
    own = [suite for suite in free if suite.front == front]
    if front and not any(suite.front for suite in waiting):
        own = free
    return next(iter(own), None)


def lint() -> list[Step]:
    return [
        Step("ruff", (str(BIN / "ruff"), "check", ".")),
        Step("format", (str(BIN / "ruff"), "format", "--check", ".")),
        Step("mypy", (str(BIN / "mypy"),)),
        Step("layers", (str(BIN / "lint-imports"), "--no-cache", "--no-logo")),
        Step(
            "biome",
            (
                str(LINTERS / "biome"),
                "check",
                "--config-path=tests/lint",
                "--error-on-warnings",
                "player",
                "tests/unit/player",
            ),
        ),
        Step("tsc", (str(LINTERS / "tsc"), "-p", "tests/lint")),
    ]


def tables() -> list[Step]:
    """What needs one core, as mypy does. Collected once, all tests are compiled when the workers begin."""
    player = sorted(str(file) for file in (ROOT / "tests/unit/player").glob("*.test.mjs"))
    return [
        Step("player", ("node", "--test", *player)),
        Step("collect", (str(BIN / "pytest"), *UNIT, "-qq", "--collect-only")),
    ]


def unit() -> Step:
    spread = ("-n", str(WORKERS), "--dist", "worksteal")
    return Step("unit", (str(BIN / "pytest"), *UNIT, "-q", *spread, "--proofs=none", f"--maxfail={MAX_FAILURES}"))


def lab_tests(suite: Suite, proofs: str) -> tuple[str, ...]:
    """The command line of a suite; a test that failed is run once more, which is counted (verdict)."""
    options = ("-v", "--no-header", "--tb=short", f"--maxfail={MAX_FAILURES}", f"--proofs={proofs}")
    again = ("--reruns=1", "--rerun-except=from pytest-timeout")  # a hang is long enough once
    bounds = (f"--timeout={HANGS_AFTER_S}", "-o", f"faulthandler_timeout={HANGS_AFTER_S - 20}")
    marked = () if suite.in_gate else ("-m", "proof")
    spread = ("-n", str(suite.workers), "--dist", "worksteal") if suite.workers else ()
    return (str(BIN / "pytest"), *suite.paths, *options, *again, *bounds, *marked, *spread)


def say(who: str, what: str) -> None:
    with _print_lock:
        print(f"[{who}] {what}", flush=True)


def minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:02.0f}"


def fresh_results() -> Path:
    """The empty folder of this run."""
    RESULTS_FOLDER.mkdir(exist_ok=True)
    for file in RESULTS_FOLDER.rglob("*"):
        if file.is_file():
            file.unlink()
    return RESULTS_FOLDER
