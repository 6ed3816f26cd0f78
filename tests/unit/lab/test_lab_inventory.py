import runpy
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.lab import inventory, keys


@pytest.fixture(autouse=True)
def no_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KNOWN_HOSTS", tmp_path / "known_hosts")
    monkeypatch.setattr(keys, "_NETWORKS", tmp_path / "networks.json")
    monkeypatch.delenv("ENVIVO_TOPOLOGY", raising=False)


@pytest.fixture
def pair_is_up(no_lab: None, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.remember_ranges({"envivo-lab": IPv4Network("10.9.8.0/24")})
    keys.remember({"10.9.8.21": "ssh-ed25519 AAAA", "10.9.8.22": "ssh-ed25519 BBBB"})
    monkeypatch.setenv("ENVIVO_TOPOLOGY", "pair")


@pytest.mark.usefixtures("pair_is_up")
def test_a_group_yields_its_hosts_with_a_connection_that_trusts_known_keys_only() -> None:
    [(name, data)] = inventory.hosts("cameras")
    assert name == "cam1"
    assert data["ssh_hostname"] == "10.9.8.22"
    assert data["ssh_strict_host_key_checking"] == "yes"
    assert data["ssh_known_hosts_file"] == str(keys.KNOWN_HOSTS)
    assert [name for name, _ in inventory.hosts("media")] == ["media1"]
    assert inventory.hosts("turn") == []


@pytest.mark.usefixtures("pair_is_up")
def test_a_connection_has_no_key_that_pyinfra_does_not_know() -> None:
    known = subprocess.run(
        [sys.executable, "-c", "from pyinfra.connectors.ssh import connector_data_meta as m; print(*m)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert inventory.connection("10.9.8.7").keys() <= set(known.stdout.split())


@pytest.mark.usefixtures("pair_is_up")
def test_an_environment_may_have_another_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _ in inventory.hosts("media", default="wan")] == ["media1"]
    monkeypatch.delenv("ENVIVO_TOPOLOGY")
    assert [name for name, _ in inventory.hosts("media", default="pair")] == ["media1"]
    with pytest.raises(EnvivoError, match=r"wan-media: .* envivo lab up --topology wan$"):
        inventory.hosts("media", default="wan")


@pytest.mark.parametrize(
    ("topology", "groups"),
    [
        ("", {"media": ["wan-media"], "turn": ["wan-turn"], "cameras": ["wan-cam"]}),
        ("spare", {"media": ["spare1"], "turn": ["spare1"], "cameras": ["spare1"]}),
    ],
)
@pytest.mark.usefixtures("pair_is_up")
def test_staging_is_on_the_wan_or_all_on_one_host(
    monkeypatch: pytest.MonkeyPatch, topology: str, groups: dict[str, list[str]]
) -> None:
    monkeypatch.setenv("ENVIVO_TOPOLOGY", topology)
    keys.remember({f"10.9.8.{number}": "ssh-ed25519 AAAA" for number in (41, 51, 52, 53, 54, 55)})
    staging = runpy.run_path(str(ROOT / "inventories/staging.py"))
    assert {group: [name for name, _ in staging[group]] for group in groups} == groups


@pytest.mark.usefixtures("pair_is_up")
@pytest.mark.parametrize(
    ("topology", "sentence", "exit_code"),
    [
        ("", "lab1: the lab has no such host yet: envivo lab up$", 1),
        ("spare", "spare1: the lab has no such host yet: envivo lab up --topology spare$", 1),
        ("nope", "nope: is not a topology: choose one of bench, cameras, default, pair, spare, vm, wan$", 2),
    ],
)
def test_a_topology_that_is_not_up_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, topology: str, sentence: str, exit_code: int
) -> None:
    monkeypatch.setenv("ENVIVO_TOPOLOGY", topology)
    with pytest.raises(EnvivoError, match=sentence) as raised:
        inventory.hosts("media")
    assert raised.value.exit_code == exit_code


def test_a_lab_that_never_was_says_what_to_run() -> None:
    with pytest.raises(EnvivoError, match=r"envivo lab up$"):
        inventory.hosts("media")


def test_an_inventory_needs_neither_rich_nor_a_program() -> None:
    code = "import sys, envivo.lab.inventory; assert not {'rich', 'click', 'filelock'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
