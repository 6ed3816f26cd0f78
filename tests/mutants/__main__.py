"""`python -m tests.mutants [NAME ...]`: puts each fault into a copy of the product, and shows which tests see it.

A fault that no test sees is a hole in the tests: exit code 1.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import tomllib

from envivo.core.paths import PROJECT as ROOT
from tests.suites import runner

FILE = Path(__file__).with_name("mutants.toml")
LONGEST_S = 1500
"""Of one stage."""


@dataclass(frozen=True)
class Mutant:
    """A fault: in `file`, `new` in place of `old`."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def put_into(self, checkout: Path) -> None:
        text = (checkout / self.file).read_text()
        if text.count(self.old) != 1:
            raise SystemExit(f"{FILE.name}: {self.name}: stands {text.count(self.old)} times in {self.file}: must be 1")
        (checkout / self.file).write_text(text.replace(self.old, self.new))

    def stages(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Who looks for it, and the command line: `gate` or `proofs`."""
        pytest = (str(runner.BIN / "pytest"), "-q", "-x", "--tb=line")
        for proofs in ("none", "all"):
            for path in self.tests:
                yield "gate" if proofs == "none" else "proofs", (*pytest, path, f"--proofs={proofs}")


def mutants() -> list[Mutant]:
    table = tomllib.loads(FILE.read_text())
    return [Mutant(name, **{**row, "tests": tuple(row["tests"])}) for name, row in table.items()]


@contextmanager
def copied() -> Iterator[Path]:
    """The commit, with the virtual environment of this checkout; programs in it import the copy."""
    with TemporaryDirectory(prefix="mutant.") as directory:
        checkout = Path(directory, "checkout")
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, checkout], check=True)
        (checkout / ".venv").symlink_to(ROOT / ".venv")
        yield checkout


def seen_by(mutant: Mutant, checkout: Path) -> tuple[str, float, str]:
    """The stage that sees it, after how many seconds of that stage, and its first failing test; "" where none does."""
    for stage, command in mutant.stages():
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=LONGEST_S, check=False,
        )  # fmt: skip
        if done.returncode:
            lines = done.stdout.splitlines()
            first = next((ln for ln in lines if ln.startswith(("FAILED ", "ERROR ", "not ok"))), (lines or [""])[-1])
            return stage, time.monotonic() - began, first.strip()
    return "", 0.0, ""


def main() -> None:
    wanted = sys.argv[1:]
    unseen = []
    for mutant in mutants():
        if wanted and mutant.name not in wanted:
            continue
        with copied() as checkout:
            mutant.put_into(checkout)
            stage, seconds, test = seen_by(mutant, checkout)
        if not stage:
            unseen.append(mutant.name)
        print(f"| {mutant.name} | {stage or 'NOT SEEN'} | {seconds:.0f} s | {test[:150]} |", flush=True)
    sys.exit(f"not seen: {', '.join(unseen)}" if unseen else 0)


if __name__ == "__main__":
    main()
