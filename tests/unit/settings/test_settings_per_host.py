"""Data of a host in the inventory, in place of the environment's settings."""

from pathlib import Path
from typing import Any

import pytest

from envivo.config.lazy import LazySettings, Placeholder
from envivo.core.errors import SettingsError
from envivo.inventory import Host, Inventory, read
from envivo.orchestration.environment import Environment
from envivo.orchestration.hosts import endpoints_of, settings_of
from envivo.orchestration.validation import validate
from tests.unit.settings.environments import drafted

PLACE = "inventories/home.py"
OTHER_PORTS = {"base": {"other_ports": ["9100/tcp"]}}
GROUPS = {"media1": ("media",), "cam1": ("cameras",), "cam2": ("cameras",)}
RELAY = {
    "public_address": "198.51.100.10",
    "web": {"domain": "video.company.net", "tls": {"email": "video@company.net"}},
    "turn": {"domain": "turn.company.net", "secret": "canary-Zm9v_0123456789-Qk7"},
}
"""What a turn host says of itself is missing."""


def inventory(
    own: dict[str, dict[str, Any]], draft: LazySettings[Environment] | None = None, **groups: str
) -> Inventory:
    made = draft or drafted(cameras={"webcam": {"host": "cam1"}})
    names = {**GROUPS, **{name: (group,) for name, group in groups.items()}}
    data = {name: {"ssh_hostname": f"192.0.2.{number}", **own.get(name, {})} for number, name in enumerate(names, 1)}
    hosts = (Host(name, names[name], {**data[name], "settings": made}, data[name]) for name in names)
    return Inventory("home", tuple(hosts), PLACE)


def of(found: Inventory) -> dict[str, Environment]:
    return {host.name: settings_of(found, host) for host in found.hosts}


def test_host_without_data_of_its_own_has_the_settings_of_the_environment() -> None:
    found = inventory({"cam2": OTHER_PORTS})

    assert of(found)["cam1"] is of(found)["media1"]


def test_value_of_a_host_is_that_host_alone() -> None:
    found = of(inventory({"cam2": OTHER_PORTS, "media1": {"base": {"apt_lock_wait": 5}}}))

    assert {name: settings.base.other_ports for name, settings in found.items()} == {
        "media1": (), "cam1": (), "cam2": ("9100/tcp",),
    }  # fmt: skip
    assert [settings.base.apt_lock_wait for settings in found.values()] == [5, 600, 600]


def test_address_of_a_server_is_known_to_every_host() -> None:
    found = inventory({"media1": {"public_address": "198.51.100.10", "media_address": "10.0.0.5"}})

    assert {settings.public_address for settings in of(found).values()} == {"198.51.100.10"}
    assert (endpoints_of(found).address, endpoints_of(found).media_address) == ("198.51.100.10", "10.0.0.5")


def test_part_of_a_setting_is_the_hosts_and_the_rest_the_environments() -> None:
    found = inventory({"turn1": {"turn": {"address": "198.51.100.11"}}}, drafted(**RELAY), turn1="turn")

    for settings in of(found).values():
        assert settings.turn and (settings.turn.domain, settings.turn.address) == ("turn.company.net", "198.51.100.11")


@pytest.mark.parametrize(
    ("host", "own", "problem"),
    [
        ("media1", {"public_address": "10.0.0.256"},
         "public_address: must be an IPv4 address such as 198.51.100.10, or the name of one, such as home.company.net, "
         "is '10.0.0.256'"),
        ("cam2", {"base": {"other_ports": ["tcp"]}},
         "base.other_ports.0: must be a port and its protocol such as 9100/tcp, is 'tcp'"),
        ("cam2", {"base": {"other_port": []}}, "base.other_port: unknown key: did you mean other_ports?"),
        ("cam2", {"base": 5}, "base: must be a dictionary"),
        ("media1", {"web": {"domian": "a.company.net"}}, "web.domian: unknown key: did you mean web.domain?"),
        ("media1", {"public_adress": "10.0.0.5"}, "public_adress: unknown key: did you mean public_address?"),
        ("media1", {"web": {"port": 8081}}, "web.port: must be the same for all hosts: set it in group data"),
        ("media1", {"mediamtx": {"rtsp_port": 8555}},
         "mediamtx.rtsp_port: must be the same for all hosts: set it in group data"),
        ("cam1", {"public_address": "10.0.0.5"},
         "public_address: is only for hosts of the group media: remove it"),
        ("media1", {"public_address": Placeholder("ADDRESS", "198.51.100.10")},
         "public_address: must be filled in, for example '198.51.100.10'"),
    ],
)  # fmt: skip
def test_wrong_value_of_a_host_is_refused_at_the_host(host: str, own: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        validate(inventory({host: own}))

    assert [str(found) for found in raised.value.problems] == [f"{PLACE}: {host}: {problem}"]


def test_what_is_wrong_in_group_data_stays_there() -> None:
    found = inventory({"cam2": OTHER_PORTS}, drafted(cameras={"webcam": {"host": "cam1", "fps": 0}}))

    with pytest.raises(SettingsError) as raised:
        validate(found)

    (problem,) = raised.value.problems
    assert (problem.place, problem.file.endswith("environments.py")) == ("cameras.webcam.fps", True)


def test_data_that_are_the_users_own_are_left_alone() -> None:
    validate(inventory({"media1": {"rack": 3, "address": "10.0.0.5", "_sudo": True}}))


def test_only_data_of_the_host_itself_are_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Group data may call something `web` before they give it to `environment`."""
    (tmp_path / "inventories").mkdir()
    (tmp_path / "inventories/home.py").write_text('media = [("attic", {"public_address": "10.0.0.5"})]\n')
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data/home.py").write_text("web = {}\n")
    monkeypatch.setattr("envivo.inventory.PROJECT", tmp_path)

    (attic,) = read(tmp_path / "inventories/home.py").hosts

    assert attic.own == {"public_address": "10.0.0.5"}
    assert attic.data["web"] == {}
