"""`envivo remove`: which hosts, what it asks, and what its second look finds; on hosts that answer as they are told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from envivo.core.errors import EnvivoError, SettingsError
from envivo.core.paths import STACK_USER
from envivo.inventory import Host
from envivo.operations import lock_messages
from envivo.orchestration import deployed_hosts
from envivo.orchestration.removing import hosts as removing
from envivo.orchestration.removing.seen import question, remains
from envivo.remote import CommandResult, RemoteShell

OLD = Host("old", ("media",), {"ssh_hostname": "192.0.2.5"})


class Shell:
    """A host of which `there` is shown at each look; `stays`: also after everything was removed."""

    def __init__(self, there: str, stays: str = "") -> None:
        self.there, self.stays, self.ran = there, stays, list[str]()
        self.link = type("Link", (), {"name": "old"})()

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        if "echo taken" in command:
            return CommandResult(0, "taken\n", "")
        if question() in command:
            return CommandResult(0, f"{self.there}\nend\n", "")
        self.ran.append(command)
        if "rm -rf" in command:
            self.there = self.stays
        return CommandResult(0, "", "")


def removed(shell: Shell, purge: bool = False) -> removing.Removed:
    return removing.remove(OLD, cast(RemoteShell, shell), purge, frozenset({("tcp", 8889)}), lambda words: None)


STACK = "path /opt/envivo/stack\nfile /opt/envivo/stack/compose.yml\ncontainer envivo-web-1"
NUMBER = next(place for place, left in enumerate(remains()) if left.name == f"the account {STACK_USER}")
ACCOUNT = f"remains {NUMBER} user {STACK_USER}"
PORT = 'socket tcp LISTEN 0 4096 *:8889 *:* users:(("mediamtx",pid=1,fd=3))'


def test_host_without_anything_left_is_done() -> None:
    shell = Shell(STACK)
    found = removed(shell)
    assert found.removed == ("MediaMTX and Caddy",) and found.findings == ()
    assert all(lock_messages.LOST in command for command in shell.ran if "rm -rf" in command), "under the lock"


@pytest.mark.parametrize(
    ("stays", "words"),
    [
        ("container envivo-web-1", "the container envivo-web-1"),
        ("unit envivo-stack.service", "the unit envivo-stack.service"),
        ("path /opt/envivo/stack", "/opt/envivo/stack"),
        (PORT, "port 8889/tcp"),
    ],
)
def test_what_is_still_there_is_a_finding(stays: str, words: str) -> None:
    found = removed(Shell(f"{STACK}\n{PORT}", stays))
    assert [finding.message for finding in found.findings] == [f"is still there: {words}"]


def test_port_that_was_not_open_before_is_somebody_elses() -> None:
    assert removed(Shell(STACK, PORT)).findings == ()


def test_data_stay_unless_they_are_purged() -> None:
    kept = removed(Shell(f"{STACK}\n{ACCOUNT}", ACCOUNT))
    assert kept.stays.purgeable == [f"user {STACK_USER}"] and kept.findings == ()

    purged = removed(Shell(f"{STACK}\n{ACCOUNT}", ACCOUNT), purge=True)
    assert [finding.message for finding in purged.findings] == [f"is still there: user {STACK_USER}"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.setattr(deployed_hosts, "STATE", tmp_path / ".envivo")
    monkeypatch.setattr(removing, "PROJECT", tmp_path)
    monkeypatch.setattr("envivo.inventory.ensure_project", lambda: None)
    (tmp_path / "inventories").mkdir()

    def write(text: str) -> None:
        (tmp_path / "inventories" / "home.py").write_text(text)

    return write


def names(*arguments: Any) -> list[str]:
    return [host.name for host in removing.targets("home", *arguments).hosts]


def test_hosts_are_those_of_the_inventory_and_those_that_left_it(project: Callable[[str], None]) -> None:
    deployed_hosts.remember("home", OLD)
    project('media = [("attic", {"ssh_hostname": "192.0.2.6"})]\n')
    assert names(None) == ["old", "attic"]
    assert names("old") == ["old"] and names("attic") == ["attic"]
    with pytest.raises(EnvivoError, match=r"cellar: home was never deployed to this host: choose one of old, attic"):
        names("cellar")


def test_host_whose_address_is_not_filled_in_is_not_looked_for(project: Callable[[str], None]) -> None:
    project('from envivo import fill_in\nmedia = [("attic", {"ssh_hostname": fill_in("ADDRESS", "192.0.2.6")})]\n')
    with pytest.raises(SettingsError, match=r"ADDRESS: must be filled in, for example '192.0.2.6'"):
        names(None)


def test_settings_that_are_wrong_are_no_obstacle(project: Callable[[str], None]) -> None:
    """The host that they need may be the one that is removed."""
    deployed_hosts.remember("home", OLD)
    project("media = []\n")
    assert names("old") == ["old"] and removing.targets("home", "old").read is None


def test_environment_without_an_inventory_is_known_by_its_deploys(project: Callable[[str], None]) -> None:
    deployed_hosts.remember("home", OLD)
    assert names(None) == ["old"]
