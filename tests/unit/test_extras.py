"""What those who only deploy need not install: the packages of the extra `verify`."""

import subprocess
import sys

import pytest

from envivo.cli import OF_VERIFY
from envivo.core.paths import PROJECT as ROOT

LACKING = f"""
import sys


class Lacking:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in {OF_VERIFY!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Lacking)
"""
ENVIVO = "from envivo.cli import main; main()"


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process that lacks the extra; requests, which stands on certifi, is loaded before."""
    command = [sys.executable, "-c", f"import requests\n{LACKING}\n{program}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_deploy_imports_none_of_it() -> None:
    lines = (ROOT / "deploy.py").read_text().splitlines()
    imports = [line for line in lines if line.startswith("from envivo")]
    assert len(imports) > 5

    done = run("\n".join([*imports, "from envivo.orchestration.preparation import prepare"]))

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("call", [("secrets", "local"), ("urls", "local"), ("lab", "--help"), ("artifacts", "list")])
def test_command_works_without_it(call: tuple[str, ...]) -> None:
    done = run(ENVIVO, *call)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("call", [("status", "local"), ("camera", "diagnose", "local")])
def test_command_that_asks_hosts_works_without_it(call: tuple[str, ...]) -> None:
    """On this machine, to which nothing was deployed."""
    done = run(ENVIVO, *call)

    assert done.returncode == 1
    assert "@local: " in done.stdout
    assert "not installed: pip" not in done.stderr


def test_command_that_needs_it_says_so_in_one_line() -> None:
    done = run(ENVIVO, "verify", "local")

    assert done.returncode == 2
    assert done.stderr.startswith("envivo: the module "), done.stderr
    assert done.stderr.endswith(", which this command needs, is not installed: pip install 'envivo[verify]'\n")
    assert done.stderr.count("\n") == 1
