"""`envivo check --offline`, which connects to no host."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from envivo.artifacts import ARCHITECTURES
from envivo.artifacts.lock import architecture, load
from tests.unit.overview.test_status_command import project

__all__ = ["project"]  # a fixture

ENVIVO = Path(sys.executable).parent / "envivo"
LACKING = "is not in the cache, so a deploy downloads it: envivo artifacts fetch"
ITEMS = list(load().items(architecture(ARCHITECTURES[platform.machine()])))


def check(project: Path, cache: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "ENVIVO_CACHE": str(cache)}
    command = [str(ENVIVO), "check", "home", "--offline", *options]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False)


def test_artifacts_that_the_cache_lacks_are_warned_of(project: Path, tmp_path: Path) -> None:
    done = check(project, tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "home: the settings are valid",
        *(f"warning: {item.label} {LACKING}" for item in ITEMS),
        "next: envivo check home",
    ]  # fmt: skip
    assert json.loads(check(project, tmp_path / "cache", "--json").stdout)["not_in_cache"] == [
        item.label for item in ITEMS
    ]
