import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from tests.e2e.lab import RESULTS
from tests.patience import patient
from tests.suites.alone import alone


@contextmanager
def begun(results: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process of a suite, and one that it began."""
    environ = {**os.environ, RESULTS: str(results)}
    command = ["sh", "-c", "sleep 1000 & echo begun; exec sleep 1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout and process.stdout.readline() == "begun\n"
        try:
            yield process
        finally:
            process.kill()


def all_ended(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout
    return process.wait(patient(10)) == -9 and process.stdout.read() == ""  # nobody holds the other end


def test_what_a_killed_run_has_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    ours, others = tmp_path / "results", tmp_path / "results of another checkout"
    with begun(ours) as left, begun(others) as other:
        with alone(ours, tmp_path / "lock"):
            assert all_ended(left)
            assert other.poll() is None
        with alone(others, tmp_path / "lock"):
            assert all_ended(other)


def test_second_run_in_a_checkout_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    lock = tmp_path / "state" / "lock"
    with (
        alone(tmp_path, lock),
        pytest.raises(click.ClickException, match="another run of these tests goes on"),
        alone(tmp_path, lock),
    ):
        pass
    with alone(tmp_path, lock):
        pass
