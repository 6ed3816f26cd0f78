"""`envivo init`: each kind of project is one that pyinfra reads, and nothing that is there is overwritten."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from envivo.cli.init import command
from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.scaffold.kinds import KINDS, Project, files
from envivo.scaffold.writing import write
from tests import forked
from tests.patience import patient

PAGE = ["--host", "198.51.100.10", "--domain", "video.company.net", "--email", "video@company.net"]
TURN = ["--turn-host", "198.51.100.11", "--turn-domain", "turn.company.net"]
DESKS = ["--camera-host", "192.168.1.21", "--camera-host", "192.168.1.10", "--camera-host", "192.168.1.22"]
TOGETHER = {"media": {"media": "192.168.1.10"}, "cameras": {"media": "192.168.1.10"}}
ONE_MACHINE = {group: {"media": "198.51.100.10"} for group in ("media", "turn", "cameras")}
THREE = {"media": {"media": "198.51.100.10"}, "turn": {"turn": "198.51.100.11"}, "cameras": {"camera": "192.168.1.11"}}
SECRETS = {f"ENVIVO_SITE_{name}": f"canary-Zm9v_0123456789-{name}".replace("_", "-")
           for name in ("TURN", "MONITOR", "PUBLISH_WEBCAM", "VIEW_WEBCAM")}  # fmt: skip


def init(directory: Path, kind: str, *options: str) -> str:
    done = CliRunner().invoke(command, [str(directory), "--kind", kind, "--name", "site", *options])
    assert done.exit_code == 0, done.output
    return done.output


def read(project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """pyinfra reads the inventory, with the project's config.py."""
    environ = {name: value for name, value in os.environ.items() if name not in ("ENVIVO_PROJECT", "PYTHONPATH")}
    return forked.ran(
        ["inventories/site.py", "debug-inventory", "--json"], project, {**environ, **variables}, patient(60)
    )


@pytest.mark.parametrize(
    ("kind", "options", "groups"),
    [
        ("lan", ["--host", "192.168.1.10"], TOGETHER),
        ("lan", ["--host", "192.168.1.10", "--camera-host", "192.168.1.10"], TOGETHER),
        ("lan", ["--host", "attic.lan", "--camera-host", "192.168.1.11", "--user", "pi"],
         {"media": {"media": "attic.lan"}, "cameras": {"camera": "192.168.1.11"}}),
        ("classroom", ["--host", "192.168.1.10", *DESKS],
         {"media": {"media": "192.168.1.10"},
          "cameras": {"camera1": "192.168.1.21", "media": "192.168.1.10", "camera3": "192.168.1.22"}}),
        ("internet", PAGE, ONE_MACHINE),
        ("internet", [*PAGE, "--camera-host", "192.168.1.11"], {**ONE_MACHINE, "cameras": {"camera": "192.168.1.11"}}),
        ("internet3", [*PAGE, *TURN, "--camera-host", "192.168.1.11"], THREE),
    ],
)  # fmt: skip
def test_project_that_was_told_everything_is_right(
    tmp_path: Path, kind: str, options: list[str], groups: dict[str, dict[str, str]]
) -> None:
    said = init(tmp_path / "video", kind, *options)

    assert "fill in" not in said
    done = read(tmp_path / "video", **(SECRETS if KINDS[kind].internet else {}))
    assert done.returncode == 0, done.stderr
    hosts = json.loads(done.stdout)
    assert groups == {
        group: {host["name"]: host["data"]["ssh_hostname"] for host in hosts if group in host["groups"]}
        for group in groups
    }
    assert {host["data"].get("_sudo") for host in hosts} == {True if "--user" in options else None}
    assert (tmp_path / "video" / ".envivo").exists() != KINDS[kind].internet, "where generated secrets are kept"


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("lan", ["inventories/site.py: HOST"]),
        ("internet", ["group_data/site.py: DOMAIN", "group_data/site.py: ADDRESS", "group_data/site.py: EMAIL"]),
        ("internet3",
         [f"group_data/site.py: {name}" for name in ("DOMAIN", "ADDRESS", "TURN_DOMAIN", "TURN_ADDRESS", "EMAIL")]
         + ["inventories/site.py: CAMERA"]),
    ],
)  # fmt: skip
def test_what_is_left_open_is_all_that_is_missing(tmp_path: Path, kind: str, missing: list[str]) -> None:
    said = init(tmp_path, kind)

    places = dict.fromkeys(place.partition(":")[0] for place in missing)
    assert sorted(re.findall(r"^.*/(\w+/site\.py): replace each fill_in", said, re.MULTILINE)) == sorted(places)
    done = read(tmp_path, **SECRETS)
    assert done.returncode != 0
    assert sorted(re.findall(r"^ +(.*?): must be filled in", done.stderr, re.MULTILINE)) == sorted(missing)
    assert len(re.findall(r"^ +\w+/site\.py: ", done.stderr, re.MULTILINE)) == len(missing), done.stderr


def test_internet_is_the_toolkits_production(tmp_path: Path) -> None:
    made = files(Project("internet3", "prod", {}))

    assert made["group_data/prod.py"] == (ROOT / "group_data" / "prod.py").read_text()
    hosts = re.compile(r"^(?:media|turn) = .*$", re.MULTILINE)
    assert hosts.findall(made["inventories/prod.py"]) == hosts.findall((ROOT / "inventories" / "prod.py").read_text())


@pytest.mark.parametrize("name", ["deploy.py", "config.py", "group_data/all.py"])
def test_file_is_the_toolkits_own(name: str) -> None:
    assert files(Project("lan", "home", {}))[name] == (ROOT / name).read_text()


def test_rules_of_git_for_secrets_are_the_toolkits() -> None:
    toolkits = (ROOT / ".gitignore").read_text().splitlines()

    ignored = files(Project("lan", "home", {}))[".gitignore"].splitlines()
    assert [line for line in ignored if line not in toolkits] == []
    assert {line for line in toolkits if "secrets" in line or ".envivo" in line} <= set(ignored)


@pytest.mark.parametrize("name", sorted(files(Project("lan", "site", {}))))
def test_nothing_is_overwritten_and_nothing_half_made(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")

    done = CliRunner().invoke(command, [str(tmp_path), "--kind", "lan", "--name", "site"])

    assert isinstance(done.exception, EnvivoError)
    assert str(done.exception) == f"{file}: already exists: make the project in another directory"
    assert file.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


def test_what_was_made_before_an_error_is_removed(tmp_path: Path) -> None:
    (tmp_path / "group_data").write_text("a file in the place of the folder")

    with pytest.raises(EnvivoError, match=r"group_data.*: Not a directory: "):
        write(tmp_path, files(Project("lan", "home", {})))

    assert [path.name for path in tmp_path.rglob("*")] == ["group_data"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name a --kind: lan, internet, internet3, classroom"),
        (["--kind", "lan", "--name", "my-site"], "must begin with a lowercase letter and have only"),
        (["--kind", "lan", "--name", "media"], "must not be one of all, cameras, media, turn"),
        (["--kind", "lan", "--host", "attic:22"], "must be a host name or an address, without a port, is 'attic:22'"),
        (["--kind", "lan", "--user", 'a"b'], "must be a Linux user name"),
        (["--kind", "lan", "--domain", "a.company.net"], "--domain: does not apply to --kind lan"),
        (["--kind", "internet", "--turn-host", "198.51.100.11"], "--turn-host: does not apply to --kind internet"),
        (["--kind", "internet", "--host", "attic"], "must be an IPv4 address such as 198.51.100.10"),
        (["--kind", "internet", "--camera-host", "a", "--camera-host", "b"], "--kind internet takes one"),
    ],
)  # fmt: skip
def test_wrong_answer_is_refused(tmp_path: Path, options: list[str], said: str) -> None:
    done = CliRunner().invoke(command, [str(tmp_path / "video"), *options])

    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "video").exists()


def test_person_is_asked_and_asked_again(tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    kind_and_name, host, cameras, user = "lan\nsite\n", "attic:22\nattic.lan\n", "192.168.1.11 192.168.1.12\n", "\n"
    os.write(controller, "".join((kind_and_name, host, cameras, user)).encode())

    done = subprocess.run(
        [sys.executable, "-c", "from envivo.cli import main; main()", "init", str(tmp_path)],
        stdin=terminal, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    os.close(controller)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert "must be a host name or an address, without a port, is 'attic:22'" in done.stderr
    inventory = (tmp_path / "inventories" / "site.py").read_text()
    assert [word in inventory for word in ("attic.lan", "192.168.1.11", "192.168.1.12")] == [True] * 3
