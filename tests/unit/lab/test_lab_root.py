import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from envivo.lab import root
from tests.patience import patient


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("I: Unpacking libc6:amd64...\n", "Unpacking libc6"),
        ("I: Retrieving InRelease \n", "Retrieving InRelease"),
        ("W: something odd\n", "something odd"),
        ("Setting up libx264-164:amd64 (2:0.164.3108+git31e19f9-2+b1) ...\n", "Setting up libx264-164"),
    ],
)
def test_a_line_of_debootstrap_or_apt_becomes_a_step(line: str, step: str) -> None:
    assert root.step_of(line) == step


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["I: Retrieving", "E: Failed getting release file x"], "Failed getting release file x"),
        (["gpgv: bad"], "gpgv: bad"),
        ([], "no output"),
    ],
)
def test_the_reason_of_a_failure_is_what_was_called_an_error(said: list[str], reason: str) -> None:
    assert root.complaint(said) == reason


WORKS = f"""
import sys
from envivo.lab.programs import follow
follow(*{root.CONTAINED!r}, "sh", "-c", 'exec >"$1"; sleep 100 & wait', "sh", sys.argv[1], show=print)
"""


def test_what_works_in_a_folder_ends_with_the_command_that_was_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "works")
    as_root = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user"]
    with (
        subprocess.Popen([*as_root, sys.executable, "-c", WORKS, tmp_path / "works"]) as command,
        (tmp_path / "works").open("rb") as works,
    ):
        command.kill()
        assert select.select([works], [], [], patient(10))[0], "somebody still holds the other end"
        assert works.read() == b""
