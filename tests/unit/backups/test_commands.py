"""`envivo backup` and `envivo restore` of a project whose host is this machine, and what each refuses."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from envivo.core.paths import PROJECT as ROOT

ENVIVO = "from envivo.cli import main; main()"
SETTINGS = """
from envivo import environment, secret

settings = environment(
    mediamtx={
        "monitor": {"user": "monitor", "password": secret("monitor")},
        "paths": {"garden": {"publisher": {"user": "garden", "password": secret("publish-garden")}}},
    },
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "video"
    files = {
        "inventories/home.py": 'media = ["@local"]\n',
        "group_data/home.py": SETTINGS,
        "hooks/pre-deploy": "#!/bin/sh\n",
        "player/css/style.css": "body {}\n",
        ".git/config": "not saved",
        ".venv/pyvenv.cfg": "not saved",
        ".envivo/lab/id_ed25519": "not saved",
        ".envivo/authorities/home.key": "kept",
        "earlier.tar.age": "not saved",
        "requirements.lock": "kept",
    }
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    (directory / "hooks/pre-deploy").chmod(0o755)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "common.py").write_text("kept")
    (directory / "common").symlink_to(tmp_path / "shared")
    (directory / "hooks/back").symlink_to(directory)
    (directory / ".envivo/authorities/home.key").chmod(0o600)
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"# a key\n{identity}\n")
    (tmp_path / "recipients").write_text(f"# of key\n{identity.to_public()}\n")
    return directory


def envivo(cwd: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ENVIVO_")}
    return subprocess.run(
        [sys.executable, "-c", ENVIVO, *map(str, arguments)],
        cwd=cwd, env={**environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def saved(project: Path) -> Path:
    file = project.parent / "home.tar.age"
    done = envivo(project, "backup", "home", "--to", file, "--key", project.parent / "recipients", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["bytes"] == file.stat().st_size
    return file


def restored(project: Path, file: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    return envivo(project.parent, "restore", file, "--identity", project.parent / "key", *options)


def contents(directory: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(directory)): (path.read_text(), stat.S_IMODE(path.stat().st_mode))
        for path in directory.rglob("*")
        if path.is_file() and not (path.name.endswith(".lock") and ".envivo" in path.parts)
    }


def test_project_comes_back_with_secrets_and_modes(project: Path) -> None:
    file = saved(project)
    into = project.parent / "new"

    done = restored(project, file, "--into", into)

    assert done.returncode == 0, done.stderr
    expected = contents(project) | {"common/common.py": ("kept", 0o644)}
    expected = {name: kept for name, kept in expected.items() if kept[0] != "not saved"}
    assert contents(into) == expected and ".envivo/secrets/home.json" in expected
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((into / ".envivo").stat().st_mode) == 0o700
    assert restored(project, file, "--into", into).returncode == 0, "again"


def test_nothing_is_overwritten(project: Path) -> None:
    file = saved(project)
    into = project.parent / "new"
    into.mkdir()
    (into / "inventories").mkdir()
    (into / "inventories/home.py").write_text("mine")

    done = restored(project, file, "--into", into)

    assert done.returncode == 2
    assert (
        "contains files that are not in the backup: inventories/home.py: restore into an empty directory" in done.stderr
    )
    assert contents(into) == {"inventories/home.py": ("mine", 0o644)}


def test_damaged_file_changes_nothing(project: Path) -> None:
    file = saved(project)
    file.write_bytes(file.read_bytes()[:-1])

    done = restored(project, file, "--into", project.parent / "new")

    assert done.returncode == 2 and "is damaged" in done.stderr
    assert not (project.parent / "new").exists()


def test_existing_file_is_not_replaced_and_a_failed_one_leaves_none(project: Path) -> None:
    file = saved(project)
    before = file.read_bytes()
    again = envivo(project, "backup", "home", "--to", file, "--key", project.parent / "recipients")
    assert again.returncode == 2 and "exists: name a new file" in again.stderr
    assert file.read_bytes() == before

    nowhere = envivo(project, "backup", "home", "--to", "nowhere/x.age", "--key", project.parent / "recipients")
    assert nowhere.returncode == 1 and "nowhere/x.age: cannot be written" in nowhere.stderr
    assert not list(project.parent.rglob("*.part"))


@pytest.mark.parametrize("key", ["age1xyz", "nowhere", "key"])
def test_unusable_recipient_is_refused(project: Path, key: str) -> None:
    given = key if key.startswith("age1") else project.parent / key
    done = envivo(project, "backup", "home", "--to", "x.age", "--key", given)
    assert done.returncode == 2 and done.stderr.startswith("--key: "), done.stderr
    assert "AGE-SECRET" not in done.stderr
    assert not (project / "x.age").exists()


def test_restore_says_what_it_needs(project: Path) -> None:
    done = restored(project, saved(project))
    assert done.returncode == 2 and "needs one of --into DIR, --hosts, --list" in done.stderr


def test_host_that_takes_the_data_is_looked_for(project: Path) -> None:
    """No host has such data here: this machine has no /var/lib/envivo."""
    done = restored(project, saved(project), "--list", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["backup"]["env"] == "home"
