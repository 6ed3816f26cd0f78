"""Both fronts of the verifier, given what they cannot work with."""

import subprocess
import sys
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("envivo", "verify", "labb"), "labb: there is no such environment: did you mean lab? Or choose one"),
        (("pytest", "tests/verify", "--inventory", "inventories/labb.py"), "labb.py: there is no such inventory"),
        (("pytest", "tests/verify"), "--inventory: is not given"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_inventory_is_refused_with_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ([], "has no hosts"),
        (["127.0.0.1"], "group_data/a.py: does not exist: create it: define settings = environment(...)"),
    ],
)
def test_inventory_without_hosts_or_settings_is_refused(hosts: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"media = {hosts}\n")
    assert said in refused("pytest", "tests/verify", "--inventory", str(tmp_path / "a.py"))


def refused(program: str, *arguments: str) -> str:
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "Traceback" not in said
    return said
