"""Which directory is the user's project, whatever directory a command is called from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT

ENVIVO = "from envivo.cli import main; main()"
GROUP_DATA = "from envivo import environment, secret\n\nsettings = environment(a={'b': secret('of-the-project')})\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder, text in (("inventories", ""), ("group_data", GROUP_DATA)):
        (tmp_path / "video" / folder).mkdir(parents=True)
        (tmp_path / "video" / folder / "home.py").write_text(text)
    return tmp_path / "video"


def secrets(cwd: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`envivo OPTIONS secrets home`, called in `cwd`."""
    environ = {name: value for name, value in os.environ.items() if name != "ENVIVO_PROJECT"}
    return subprocess.run(
        [sys.executable, "-c", ENVIVO, *options, "secrets", "home"],
        cwd=cwd, env={**environ, "PYTHONPATH": str(ROOT), **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cwd", "options", "variables"),
    [
        ("video", (), {}),
        ("video/group_data", (), {}),
        (".", ("--project", "video"), {}),
        (".", (), {"ENVIVO_PROJECT": "video"}),
        ("video", ("--project", "."), {"ENVIVO_PROJECT": "elsewhere"}),
    ],
)
def test_project_is_found(project: Path, cwd: str, options: tuple[str, ...], variables: dict[str, str]) -> None:
    done = secrets(project.parent / cwd, *options, **variables)

    assert "of-the-project: generated" in done.stdout, done.stdout + done.stderr


def test_directory_that_is_no_project_is_refused(project: Path) -> None:
    done = secrets(project.parent, "--project", "vidoe")

    assert done.returncode == 2
    assert done.stderr.startswith(f"{project.parent}/vidoe: is not a project (no inventories/): ")
    assert done.stderr.count("\n") == 1


def test_pyinfra_deploys_no_other_project_than_the_one_that_is_named(project: Path) -> None:
    for name in ("config.py", "deploy.py"):
        (project / name).write_bytes((ROOT / name).read_bytes())

    done = subprocess.run(
        [sys.executable, "-m", "pyinfra", "inventories/home.py", "debug-inventory"],
        cwd=project, env={**os.environ, "ENVIVO_PROJECT": str(ROOT)}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert done.returncode != 0
    assert f"ENVIVO_PROJECT: is {ROOT}, but you are in {project}: cd {ROOT}" in done.stderr
