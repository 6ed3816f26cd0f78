"""What is wrong in the user's files, in pyinfra's own command and in each of envivo's: one line, and no traceback."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from envivo.core.errors import SettingsError
from envivo.core.paths import PROJECT as ROOT
from envivo.inventory import read
from envivo.orchestration import validation
from tests.patience import patient
from tests.unit.test_inventory_layouts import write

HOME = """\
from envivo import environment, secret

settings = environment(
    public_address="198.51.100.1",
    media_address="192.0.2.5",
    mediamtx={
        "monitor": {"user": "monitor", "password": secret("monitor")},
        "paths": {"garden": {"publisher": {"user": "garden", "password": secret("publish-garden")}}},
    },
    cameras={"garden": {"source": "test"}},
)
"""
HOSTS = """\
media = [("attic", {"ssh_hostname": "127.0.0.1", "ssh_port": 1, "ssh_user": "root"})]
cameras = ["attic"]
"""
GOOD = {"inventories/home.py": HOSTS, "group_data/home.py": HOME}
COMMANDS = {
    "pyinfra": ["-m", "pyinfra", "inventories/home.py", "deploy.py", "--dry"],
    "verify": ["-c", "from envivo.cli import main; main()", "verify", "home"],
    "urls": ["-c", "from envivo.cli import main; main()", "urls", "home"],
    "secrets": ["-c", "from envivo.cli import main; main()", "secrets", "home"],
    "diagnose": ["-c", "from envivo.cli import main; main()", "camera", "diagnose", "home"],
}


def run(directory: Path, command: str) -> "subprocess.CompletedProcess[str]":
    for name in ("deploy.py", "config.py"):
        (directory / name).write_text((ROOT / name).read_text())
    return subprocess.run(
        [sys.executable, *COMMANDS[command]], cwd=directory, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=patient(60),
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_it_in_one_line(tmp_path: Path, command: str) -> None:
    write(tmp_path, {**GOOD, "group_data/home.py": HOME.replace('"198.51.100.1",', '"198.51.100.1"')})

    done = run(tmp_path, command)

    assert done.returncode == (1 if command == "pyinfra" else 2)
    said = [line for line in done.stderr.splitlines() if line and not line.startswith("--> ")]
    assert said == ["group_data/home.py: line 4: is not valid Python (invalid syntax. Perhaps you forgot a comma?)"]


@pytest.mark.parametrize("command", ["pyinfra", "verify"])
def test_mistakes_of_another_environment_stop_nothing(tmp_path: Path, command: str) -> None:
    """Where pyinfra itself, and the planner of `verify`, read group data, too: the host is tried, and is not there."""
    other = {"attic": "(\n", "turn": "import sys\nsys.exit(3)\n", "shed": "\udce9", "hut": "while True: pass\n"}
    write(tmp_path, {**GOOD, **{f"group_data/{name}.py": text for name, text in other.items()}})

    done = run(tmp_path, command)

    assert done.returncode == 1
    assert "Connection refused" in done.stdout + done.stderr
    assert "not valid Python" not in done.stdout + done.stderr and "UTF-8" not in done.stdout + done.stderr


def test_settings_are_refused_without_the_line_of_the_toolkit(tmp_path: Path) -> None:
    write(tmp_path, {**GOOD, "group_data/home.py": HOME.replace('"source"', '"sorce"')})

    done = run(tmp_path, "pyinfra")

    assert "pyinfra error" not in done.stderr
    assert "\ninvalid settings:\n    group_data/home.py: cameras.garden.sorce: unknown key: did you mean source?\n" in (
        done.stderr
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for module in ("inventory", "core.mistakes", "orchestration.hosts", "config.lazy", "secrets.store"):
        monkeypatch.setattr(f"envivo.{module}.PROJECT", tmp_path, raising=False)
    monkeypatch.setattr("envivo.secrets.store.STATE", tmp_path / ".envivo", raising=False)
    yield tmp_path


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"inventories/home.py": HOSTS.replace("cameras", "camera")},
         ["inventories/home.py: camera: is not a group of envivo: did you mean cameras?"]),
        ({"inventories/home.py": HOSTS.replace("media", "meda")},
         ["inventories/home.py: meda: is not a group of envivo: did you mean media?"]),
        ({"inventories/home.py": HOSTS + "turn = 'attic'\n"},
         ["inventories/home.py: turn: must be a list of hosts, is 'attic'"]),
        ({"inventories/home.py": HOSTS + "turn = {'attic': {}}\n"},
         ["inventories/home.py: turn: must be a list of hosts, is {'attic': {}}"]),
        ({"inventories/home.py": HOSTS + "turn = [5]\n"},
         ['inventories/home.py: turn: each host must be "name" or ("name", {...}), one is 5']),
        ({"inventories/home.py": HOSTS + "retired = [('old', {'ssh_hostname': '192.0.2.9'})]\n"}, []),
        ({"group_data/home.py": HOME.replace("settings =", "setings =")},
         ["group_data/home.py: setings: must be called settings: settings = environment(...) in place of setings ="]),
        ({"group_data/home.py": "settings = {'mediamtx': {}}\n"},
         ["group_data/home.py: settings: must be environment(...), is {'mediamtx': {}}"]),
        ({"group_data/home.py": "x = 1\n"},
         ["group_data/home.py: settings: is missing: define settings = environment(...)"]),
        ({"group_data/home.py": None, "group_data/hoem.py": HOME},
         ["group_data/home.py: does not exist: rename group_data/hoem.py"]),
        ({"group_data/home.py": None},
         ["group_data/home.py: does not exist: create it: define settings = environment(...)"]),
        ({"group_data/home.py": HOME.replace("cameras=", "camera=")},
         ["group_data/home.py: camera: unknown key: did you mean cameras?"]),
        ({"inventories/home.py": HOSTS.replace('"attic"', '"pi@attic"').replace('"127.0.0.1"', '"pi@127.0.0.1:22"')},
         ["inventories/home.py: pi@attic: ssh_hostname: must be a host name or an address, without a port, is "
          "'pi@127.0.0.1:22': give \"ssh_hostname\": \"127.0.0.1\", \"ssh_user\": \"pi\", \"ssh_port\": 22"]),
        ({"inventories/home.py": 'media = ["pi@attic"]\ncameras = ["pi@attic"]\n'},
         ["inventories/home.py: pi@attic: must be a host name or an address, without a port, is 'pi@attic': give "
          "\"ssh_hostname\": \"attic\", \"ssh_user\": \"pi\""]),
        ({}, []),
    ],
)  # fmt: skip
def test_word_that_was_probably_meant_is_named(project: Path, files: Mapping[str, Any], said: list[str]) -> None:
    write(project, {name: text for name, text in {**GOOD, **files}.items() if text is not None})

    found: list[str] = []
    try:
        validation.validate(read(project / "inventories" / "home.py"))
    except SettingsError as error:
        found = list(map(str, error.problems))

    assert found == said


@pytest.mark.parametrize("group", ["media", "cameras", "turn"])
def test_environment_with_the_name_of_a_group_is_refused(project: Path, group: str) -> None:
    write(project, {f"inventories/{group}.py": HOSTS, f"group_data/{group}.py": HOME})
    with pytest.raises(SettingsError) as refused:
        validation.validate(read(project / "inventories" / f"{group}.py"))
    assert f"inventories/{group}.py: an environment must not have the name of a group" in str(refused.value)


def test_secret_that_was_probably_meant_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from envivo.secrets import SecretReference, missing

    monkeypatch.setenv("ENVIVO_HOME_PUBLISH_GARDEN", "x")

    assert str(missing("home", SecretReference("publish-gardn"))).endswith(
        "; publish-garden is there: did you mean that?"
    )
    assert "did you mean" not in str(missing("home", SecretReference("view-garden")))


def test_what_is_evaluated_late_has_its_line_too(project: Path) -> None:
    late = "from envivo.orchestration.environment import derive\nfrom group_data.late_base import settings as base\n"
    late += "\n\ndef more():\n    return {'x': 1 / 0}\n\n\nsettings = derive(base, more)\n"
    write(project, {**GOOD, "group_data/home.py": late, "group_data/late_base.py": HOME})
    with pytest.raises(Exception, match=r"^group_data/home\.py: line 6: ZeroDivisionError: division by zero$"):
        validation.validate(read(project / "inventories" / "home.py"))
