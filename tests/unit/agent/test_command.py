"""The program as it is started, in an interpreter that has no GStreamer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent.live import AGENT


def _run(*arguments: str, runtime: Path) -> subprocess.CompletedProcess[str]:
    without_gi = runtime / "gi.py"
    without_gi.write_text("raise ImportError('No module named gi')\n")
    environment = {**os.environ, "PYTHONPATH": f"{runtime}:{AGENT}", "RUNTIME_DIRECTORY": str(runtime)}
    return subprocess.run(
        [sys.executable, "-B", "-m", "envivo_agent", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _file(tmp_path: Path, document: dict[str, Any]) -> str:
    file = tmp_path / "webcam.json"
    file.write_text(json.dumps(document))
    return str(file)


@pytest.mark.parametrize("action", [["--check"], []], ids=["check", "start"])
def test_command_with_a_bad_configuration_ends_with_2(
    tmp_path: Path, document: dict[str, Any], action: list[str]
) -> None:
    document["video"]["fps"] = 0
    document["colour"] = "red"
    file = _file(tmp_path, document)
    done = _run(file, *action, runtime=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{file}: video.fps: must be a whole number from 1 to 60, is 0",
        f"{file}: colour: is not a known key: known keys: name, source, audio, video, publish, metrics_port, picture",
    ]


@pytest.mark.parametrize(
    "action", [["--check"], ["--print-pipeline"], ["--try"], []], ids=["check", "print", "try", "start"]
)
def test_command_without_gstreamer_names_the_packages(
    tmp_path: Path, document: dict[str, Any], action: list[str]
) -> None:
    done = _run(_file(tmp_path, document), *action, runtime=tmp_path)
    assert done.returncode == 2
    assert "apt-get install python3-gi gir1.2-gstreamer-1.0" in done.stderr
    assert "Traceback" not in done.stderr


def test_command_tells_its_actions(tmp_path: Path) -> None:
    for argument in ("--help", "-h"):
        done = _run(argument, runtime=tmp_path)
        assert done.returncode == 0
        assert all(action in done.stdout for action in ("--check", "--print-pipeline", "--try", "--probe"))


@pytest.mark.parametrize(
    "arguments", [[], ["--check"], ["--chekc", "x"], ["a", "b"], ["--check", "--try", "x"], ["--probe", "x"]]
)
def test_command_that_is_mistyped_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    done = _run(*arguments, runtime=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ")
