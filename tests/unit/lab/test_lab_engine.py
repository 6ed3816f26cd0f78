import os
import shutil
import subprocess
from pathlib import Path

import pytest

from envivo.lab import engine, programs

SILENT = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
AS_ROOT = programs.as_root("lab up")
DENIED = "permission denied while trying to connect to the Docker daemon socket"


@pytest.mark.parametrize(
    ("answer", "daemon", "root", "service_manager", "elsewhere", "sentence"),
    [
        (DENIED, True, False, True, "", f"Docker Engine: this user may not talk to it: {AS_ROOT}"),
        (SILENT, True, True, False, "tcp://h:1",
         "Docker Engine: does not answer at DOCKER_HOST=tcp://h:1: unset DOCKER_HOST"),
        (SILENT, False, True, False, "", "dockerd: not installed: apt-get install -y docker.io"),
        (SILENT, True, False, False, "", f"Docker Engine: does not run, and only root can start it: {AS_ROOT}"),
        (SILENT, True, True, True, "", "Docker Engine: does not run: systemctl start docker"),
    ],
)  # fmt: skip
def test_an_engine_that_the_lab_cannot_start_is_one_sentence(
    answer: str, daemon: bool, root: bool, service_manager: bool, elsewhere: str, sentence: str
) -> None:
    refused = engine.engine_error(
        answer, daemon=daemon, root=root, service_manager=service_manager, elsewhere=elsewhere
    )
    assert str(refused) == sentence


def test_root_without_a_service_manager_starts_the_engine() -> None:
    assert engine.engine_error(SILENT, daemon=True, root=True, service_manager=False, elsewhere="") is None


@pytest.mark.parametrize(
    ("installed", "command"), [(True, "sudo {}/.venv/bin/envivo lab up"), (False, "sudo envivo lab up")]
)
def test_root_finds_envivo_in_a_virtual_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool, command: str
) -> None:
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setattr("sys.executable", str(folder / "python"))
    if installed:
        (folder / "envivo").touch()
    assert programs.as_root("lab up") == command.format(tmp_path)


def test_too_little_disk_says_how_much_is_wanted() -> None:
    assert engine.shortage(Path("/data"), engine.NEEDED_BYTES) is None
    short = engine.shortage(Path("/data"), 1_250_000_000)
    assert short is not None
    assert short.what == "1.2 GB of disk are free, but the lab needs 3.0 GB"


def test_a_process_has_the_name_it_was_started_by_until_it_ends() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"it runs\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"it runs\n"
        assert engine.program(process.pid) == "cat"
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert engine.program(process.pid) == ""
    assert engine.program(process.pid) == ""


def test_a_pid_file_is_stale_when_its_process_is_not_the_owner(tmp_path: Path) -> None:
    file = tmp_path / "docker.pid"
    assert not engine.stale(file, "dockerd")
    for content, stale in ((str(os.getpid()), True), ("4194999", True), ("", False), ("not a number", False)):
        file.write_text(content)
        assert engine.stale(file, "dockerd") is stale, content
    file.write_text(str(os.getpid()))
    assert not engine.stale(file, engine.program(os.getpid()))


ANSWERS_THE_THIRD_TIME = """#!/bin/sh
echo asked >>"$0.asked"
[ $(wc -l <"$0.asked") -ge 3 ] || { echo "Cannot connect" >&2; exit 1; }
"""


def test_engine_whose_starter_was_killed_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").write_text(ANSWERS_THE_THIRD_TIME)
    (tmp_path / "docker").chmod(0o755)
    shutil.copy("/bin/sleep", tmp_path / "dockerd")  # it would refuse an Engine's options
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(engine, "engine_error", lambda *_, **__: None)
    monkeypatch.setattr(engine, "_PID", tmp_path / "pid")
    monkeypatch.setattr(engine, "_LOG", tmp_path / "log")
    with subprocess.Popen([tmp_path / "dockerd", "1000"]) as starting:
        (tmp_path / "pid").write_text(f"{starting.pid}\n")
        try:
            engine.ensure()
        finally:
            starting.kill()
    assert (tmp_path / "docker.asked").read_text().count("asked") >= 3
    assert engine.pid_in(tmp_path / "pid") == starting.pid
