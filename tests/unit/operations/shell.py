"""Runs what an operation yields, or what a fact asks, in the shell that pyinfra uses on hosts."""

import os
import subprocess
from pathlib import Path


def sh(command: str, stdin: str = "", cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command],
        input=stdin,
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def lines(command: str, cwd: Path | None = None, **variables: str) -> list[str]:
    """What a fact's `process` is given. Fails where the command does: pyinfra would fail the host."""
    done = sh(command, cwd=cwd, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
