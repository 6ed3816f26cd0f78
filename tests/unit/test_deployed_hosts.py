"""Hosts that deploys have changed, and those of them that left the inventory."""

import stat
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.inventory import Host, Inventory
from envivo.orchestration import deployed_hosts

SECRET = "canary-Zm9v_0123456789-Qk7"
REACHED = {"ssh_hostname": "192.0.2.5", "ssh_port": 2222, "ssh_user": "pi", "_sudo": True}
OLD = Host("old", ("media",), {**REACHED, "ssh_password": SECRET, "_sudo_password": SECRET, "settings": object()})


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(deployed_hosts, "STATE", tmp_path / ".envivo")
    return tmp_path / ".envivo"


def inventory(*hosts: Host) -> Inventory:
    return Inventory("home", hosts, "inventories/home.py")


def test_what_ssh_needs_is_kept_and_no_secret(state: Path) -> None:
    deployed_hosts.remember("home", OLD)

    ((name, known),) = deployed_hosts.read("home").items()
    assert (name, known.host.groups, dict(known.host.data)) == ("old", ("media",), REACHED)
    file = state / "hosts" / "home.json"
    assert SECRET not in file.read_text() and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_file_is_written_only_where_something_changed(state: Path) -> None:
    deployed_hosts.remember("home", OLD)
    before = (state / "hosts" / "home.json").stat().st_ino
    deployed_hosts.remember("home", OLD)
    assert (state / "hosts" / "home.json").stat().st_ino == before


def test_host_of_the_projects_own_lab_is_not_kept(state: Path) -> None:
    deployed_hosts.remember("home", Host("lab1", (), {"ssh_key": str(state / "lab" / "id_ed25519")}))
    assert deployed_hosts.read("home") == {}


@pytest.mark.parametrize(
    ("name", "kept"),
    [("@local", True), ("old", True), ("@ssh/old", True), ("@fake/old", False), ("@docker/debian:13", False)],
)
def test_only_hosts_that_a_removal_reaches_are_kept(name: str, kept: bool) -> None:
    deployed_hosts.remember("home", Host(name, (), {}))
    assert list(deployed_hosts.read("home")) == ([name] if kept else [])


@pytest.mark.parametrize(
    ("present", "lines"),
    [
        ((), 1),
        ((Host("other", (), {"ssh_hostname": "192.0.2.6"}),), 1),
        ((Host("other", (), {"ssh_hostname": "192.0.2.5"}),), 1),
        ((Host("old", (), {}),), 0),
        ((Host("renamed", (), {"ssh_hostname": "192.0.2.5", "ssh_port": 2222}),), 0),
    ],
    ids=["none", "another", "another port", "the same", "renamed"],
)
def test_host_that_left_is_named_with_the_command(present: tuple[Host, ...], lines: int) -> None:
    deployed_hosts.remember("home", OLD)

    said = deployed_hosts.warnings(inventory(*present))

    assert len(said) == lines
    assert all(
        line.startswith("old: is no longer in the inventory") and "envivo remove home old" in line for line in said
    )


def test_host_with_data_left_is_not_named_and_can_be_purged() -> None:
    deployed_hosts.remember("home", OLD)
    deployed_hosts.removed("home", {"old": True, "unknown": True})
    assert deployed_hosts.warnings(inventory()) == [] and deployed_hosts.read("home")["old"].removed

    deployed_hosts.removed("home", {"old": False})
    assert deployed_hosts.read("home") == {}


def test_deploy_after_a_removal_counts() -> None:
    deployed_hosts.remember("home", OLD)
    deployed_hosts.removed("home", {"old": True})
    deployed_hosts.remember("home", OLD)
    assert len(deployed_hosts.warnings(inventory())) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"groups": []}}'])
def test_damaged_file_is_named(state: Path, text: str) -> None:
    (state / "hosts").mkdir(parents=True)
    (state / "hosts" / "home.json").write_text(text)
    with pytest.raises(EnvivoError, match=r"\.envivo/hosts/home\.json: is damaged") as raised:
        deployed_hosts.read("home")
    assert raised.value.exit_code == 2
