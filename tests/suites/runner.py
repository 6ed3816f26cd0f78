"""Runs the suites: processes, two lanes, and what they leave in test-results/."""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from envivo.places import ROOT
from tests.suites.catalogue import Suite
from tests.suites.verdict import RESULTS

RESULTS_FOLDER = ROOT / "test-results"
BIN = ROOT / ".venv" / "bin"
MAX_FAILURES = 3
"""Of a suite; what comes after so many is not worth waiting for."""
UNIT = ("tests/unit", "tests/plan")
_LIVES_ON_CPU = ("nice", "-n", "19")
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
    running: list["subprocess.Popen[str]"] = field(default_factory=list)

    @property
    def red(self) -> bool:
        return any(ended.code for ended in self.ended)

    def one(self, step: Step) -> bool:
        """Run it to its end; whether it succeeded. Its output is shown with its name, and kept."""
        began = time.monotonic()
        say(step.name, "begins")
        prefix = _LIVES_ON_CPU if step.low_priority else ()
        environment = {**os.environ, RESULTS: str(RESULTS_FOLDER), "ENVIVO_SUITE": step.name, "PYTHONUNBUFFERED": "1"}
        with (
            (RESULTS_FOLDER / f"{step.name}.log").open("w") as log,
            subprocess.Popen(
                [*prefix, *step.command],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, text=True, errors="replace",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            ) as process,
        ):  # fmt: skip
            self.running.append(process)
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                log.flush()
                say(step.name, line.rstrip())
        self.running.remove(process)
        seconds = time.monotonic() - began
        self.ended.append(Ended(step, process.returncode, seconds))
        say(step.name, f"{'passed' if not process.returncode else 'FAILED'} in {minutes(seconds)}")
        return process.returncode == 0

    def in_turn(self, steps: Iterable[Step]) -> bool:
        """Run them one after the other until one fails; whether all succeeded."""
        return all(self.one(step) for step in steps)

    def in_lanes(self, suites: Sequence[Suite], proofs: str) -> None:
        """Run all, two at a time: those in front one by one, beside them the rest at a low priority."""
        front = deque(suite for suite in suites if suite.front)
        back = deque(suite for suite in suites if not suite.front)

        def lane(*queues: deque[Suite]) -> None:
            for queue in queues:
                while True:
                    try:
                        suite = queue.popleft()
                    except IndexError:
                        break
                    self.one(Step(suite.name, lab_tests(suite, proofs), low_priority=not suite.front))

        lanes = [threading.Thread(target=lane, args=queues) for queues in ((front, back), (back,))]
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()

    def interrupt(self) -> None:
        for process in self.running:
            process.send_signal(2)


def lint() -> list[Step]:
    return [
        Step("ruff", (str(BIN / "ruff"), "check", ".")),
        Step("format", (str(BIN / "ruff"), "format", "--check", ".")),
        Step("mypy", (str(BIN / "mypy"),)),
    ]


def unit() -> list[Step]:
    pytest = (str(BIN / "pytest"), *UNIT, "-q", "-n", "4", "--dist", "worksteal", f"--maxfail={MAX_FAILURES}")
    return [Step("player", ("node", "--test", "tests/unit/player/")), Step("unit", pytest)]


def lab_tests(suite: Suite, proofs: str) -> tuple[str, ...]:
    """The command line of a suite; a test that failed is run once more, which is counted (verdict)."""
    options = ("-v", "--no-header", "--tb=short", "--durations=5", f"--maxfail={MAX_FAILURES}", "--reruns=1")
    return (str(BIN / "pytest"), *suite.paths, *options, f"--proofs={proofs}")


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


if __name__ == "__main__":
    sys.exit("run tests.suites, the package")
