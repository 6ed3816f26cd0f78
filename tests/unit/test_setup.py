"""setup.sh that is killed and begun again, with a pip that installs nothing."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.patience import patient, until

PYTHON = f"""#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {sys.executable} "$@"
shift 2
{sys.executable} -m venv --without-pip "$@"
cp pip .venv/bin/pip
"""
PIP = """#!/bin/sh
echo begins >>asked
[ -e whole ] || { touch .venv/half; cat gate; }
echo ended >>asked
"""
"""It stands in the middle of its work as long as the gate is closed and there is no file `whole`."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for file in ("setup.sh", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path)
    (tmp_path / "programs").mkdir()
    for name, text in (("programs/python3", PYTHON), ("pip", PIP)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    os.mkfifo(tmp_path / "gate")
    return tmp_path


@contextmanager
def setup(checkout: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environ = {**os.environ, "PATH": f"{checkout}/programs:{os.environ['PATH']}"}
    with subprocess.Popen(["bash", "./setup.sh"], cwd=checkout, env=environ, start_new_session=True) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def waits(checkout: Path) -> bool:
    """Somebody waits for the lock on its setup.sh."""
    inode = (checkout / "setup.sh").stat().st_ino
    return any("->" in line and f":{inode} " in line for line in Path("/proc/locks").read_text().splitlines())


def test_setup_after_one_that_was_killed_begins_anew_once_what_that_began_has_ended(checkout: Path) -> None:
    with setup(checkout) as first:
        assert until(bool, (checkout / ".venv/half").exists, 20, 0.02)
        first.kill()
        assert first.wait(patient(10)) == -signal.SIGKILL
        (checkout / "whole").touch()
        with setup(checkout) as second:
            assert until(bool, lambda: waits(checkout) or second.poll() is not None, 20, 0.02)
            os.close(os.open(checkout / "gate", os.O_WRONLY))  # the first one's pip ends
            assert second.wait(patient(30)) == 0
    assert not (checkout / ".venv/half").exists()
    asked = (checkout / "asked").read_text()
    assert asked.split() == ["begins", "ended"] * 3, "two of them filled .venv"
    with setup(checkout) as third:
        assert third.wait(patient(30)) == 0
    assert (checkout / "asked").read_text() == asked, "it did again what was done"


def test_new_lock_file_is_installed_over_what_is_there(checkout: Path) -> None:
    (checkout / "whole").touch()
    with setup(checkout) as process:
        assert process.wait(patient(30)) == 0
    (checkout / ".venv/kept").touch()
    (checkout / "requirements.lock").write_text("# other packages\n")
    with setup(checkout) as process:
        assert process.wait(patient(30)) == 0
    assert (checkout / ".venv/kept").exists()
    assert (checkout / "asked").read_text().count("begins") == 4
