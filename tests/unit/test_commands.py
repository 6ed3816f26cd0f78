"""Every command with every environment, in a checkout that nothing was done in yet, called from somewhere else."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from envivo.artifacts.lock import load
from envivo.cli import COMMANDS, FORMER, main
from envivo.core.paths import PROJECT as ROOT

ENVIVO = """
import sys
from importlib.machinery import PathFinder

checkout = sys.argv.pop(1)


class Installed:  # as `pip install -e` does it: the package of the checkout, and nothing else that lies there
    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [checkout]) if name == "envivo" else None


sys.meta_path.insert(0, Installed)
from envivo.cli import main

main()
"""
ENVIRONMENTS = sorted(file.stem for file in (ROOT / "inventories").glob("*.py"))
CALLS = [
    *((command, env) for command in ("secrets", "urls") for env in ENVIRONMENTS),
    # of environments that name hosts they would look at whatever answers there
    *(
        (command, "prod")
        for command in (
            "check",
            "deploy",
            "history",
            "logs",
            "plan",
            "rollback",
            "status",
            "support-bundle",
            "verify",
            "viewers",
        )
    ),
    *((command, "prod") for command in ("restart", "start", "stop")),
    ("maintenance", "prod", "on"),
    ("backup", "prod", "--to", "prod.tar.age", "--key", "age1"),
    ("remove", "prod"),
    ("restore", "prod.tar.age", "--list"),
    ("camera", "diagnose", "prod"),
    ("test-gstreamer", "prod"),
    ("artifacts", "list"),
    ("settings",),
    ("completion", "bash"),
    ("lab", "--help"),
    ("init", "video", "--kind", "lan"),
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("elsewhere") / "checkout"
    shutil.copytree(ROOT, directory, ignore=shutil.ignore_patterns(".*", "tests", "docs", "__pycache__"))
    return directory


def test_every_command_is_called_here() -> None:
    assert {command for command, *_ in CALLS} == {*COMMANDS, *FORMER}


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_command_ends_in_words_from_anywhere(checkout: Path, tmp_path: Path, call: tuple[str, ...]) -> None:
    foreign = ("PYTHON", "ENVIVO_", "XDG_")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}

    done = subprocess.run(
        [sys.executable, "-c", ENVIVO, str(checkout), *call],
        cwd=tmp_path, env={**variables, "HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip

    said = done.stdout + done.stderr
    assert "Traceback" not in said and "Error:" not in said, said
    assert said.strip() and done.returncode in (0, 1, 2)


def test_former_name_is_the_same_command_and_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["envivo", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        return capsys.readouterr().out.partition("\n")[2]

    assert shown("test-gstreamer", "--help") == shown("camera", "diagnose", "--help")
    assert "camera" in shown("--help")
    assert "test-gstreamer" not in shown("--help")


def test_version_names_what_is_deployed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["envivo", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    lock = load()
    assert capsys.readouterr().out.splitlines() == [
        f"envivo {version('envivo')}", f"MediaMTX {lock.mediamtx.version}", f"Caddy {lock.caddy.version}",
    ]  # fmt: skip
