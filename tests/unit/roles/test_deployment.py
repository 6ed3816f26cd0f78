"""Whether an inventory fits: what pyinfra's hosts say of themselves."""

from pathlib import Path
from typing import Any

import pytest

from envivo.inventory import Host, Inventory
from envivo.orchestration.validation import duplicate_hosts, ssh_only_addresses
from tests.unit.settings.environments import lab

ELSEWHERE = {"ssh_hostname": "198.51.100.11"}
HERE = {"ssh_hostname": "198.51.100.10"}


@pytest.mark.parametrize(
    ("hosts", "found"),
    [
        ({"media": HERE, "turn": ELSEWHERE}, []),
        ({"media": HERE, "turn": {**HERE, "ssh_port": 2222}}, []),
        ({"media.company.net": {}, "turn": ELSEWHERE}, []),
        ({"@local": {}, "@docker/turn": {}}, []),
        ({"media": HERE, "turn": HERE},
         ["inventories/prod.py: turn: is the same machine as media: use the same name in every group"]),
        ({"Media": {}, "media": {}},
         ["inventories/prod.py: media: is the same machine as Media: use the same name in every group"]),
        ({"198.51.100.10": {}, "turn": {**HERE, "ssh_port": 22}},
         ["inventories/prod.py: turn: is the same machine as 198.51.100.10: use the same name in every group"]),
    ],
)  # fmt: skip
def test_machine_with_two_names_is_found(hosts: dict[str, dict[str, Any]], found: list[str]) -> None:
    """Each of its names would remove what the other one brought."""
    assert list(map(str, duplicate_hosts("prod", hosts))) == found


SSH_CONFIG = """
Host attic
    HostName 192.0.2.7
Host cellar 192.0.2.10
    ProxyJump bastion.company.net
Host shed
    HostName 192.0.2.9
    ProxyCommand ssh bastion nc %h %p
Host tunnel
    HostName localhost
Host Loft
    Port 2222
"""
JUMPED = "is required: you reach {} through '{}', which {} cannot use"
NAMED = (
    "is required: attic is a name of your SSH configuration, which {} cannot resolve: "
    "set the address at which they reach it, such as 192.0.2.7"
)
HERE_ONLY = "is required: you reach {} at {}, which is another computer for {}"


@pytest.mark.parametrize(
    ("media", "groups", "more", "found"),
    [
        ("attic", "apart", {}, "media_address: " + NAMED.format("cameras")),
        ("attic", "apart", {"public_address": "198.51.100.9"}, "media_address: " + NAMED.format("cameras")),
        ("attic", "together", {}, "public_address: " + NAMED.format("viewers")),
        ("cellar", "apart", {}, "media_address: " + JUMPED.format("cellar", "bastion.company.net", "cameras")),
        ("cellar", "apart", {"media_address": "192.0.2.8"},
         "public_address: " + JUMPED.format("cellar", "bastion.company.net", "viewers")),
        ("cellar", "together", {}, "public_address: " + JUMPED.format("cellar", "bastion.company.net", "viewers")),
        ("192.0.2.10", "together", {},
         "public_address: " + JUMPED.format("192.0.2.10", "bastion.company.net", "viewers")),
        ("shed", "together", {}, "public_address: " + JUMPED.format("shed", "ssh bastion nc %h %p", "viewers")),
        ("tunnel", "apart", {}, "media_address: " + HERE_ONLY.format("tunnel", "localhost", "cameras")),
        ("127.0.0.1", "together", {}, "public_address: " + HERE_ONLY.format("127.0.0.1", "127.0.0.1", "viewers")),
        ("::1", "together", {}, "public_address: " + HERE_ONLY.format("::1", "::1", "viewers")),
        ("cellar", "apart", {"media_address": "192.0.2.8", "public_address": "198.51.100.9"}, ""),
        ("tunnel", "apart", {"media_address": "192.0.2.8", "public_address": "198.51.100.9"}, ""),
        ("attic", "together", {"public_address": "198.51.100.9"}, ""),
        ("media.company.net", "apart", {}, ""),
        ("Media.Company.net", "apart", {}, ""),
        ("Loft", "apart", {}, ""),
        ("192.0.2.7", "apart", {}, ""),
        ("@local", "together", {}, ""),
        ("attic", "apart", {"web": {"domain": "video.company.net"}, "public_address": "198.51.100.9"}, ""),
    ],
)  # fmt: skip
def test_others_are_not_sent_to_where_only_ssh_gets(
    tmp_path: Path, media: str, groups: str, more: dict[str, Any], found: str
) -> None:
    """With the ssh of this machine."""
    config = tmp_path / "config"
    config.write_text(SSH_CONFIG)
    data = {"ssh_config_file": str(config)}
    hosts = [Host(media, ("media",) if groups == "apart" else ("media", "cameras"), data)]
    hosts += [Host("cam1", ("cameras",), data)] if groups == "apart" else []

    said = list(map(str, ssh_only_addresses(lab(**more), Inventory("lab", tuple(hosts)))))
    assert said == ([f"group_data/lab.py: {found}"] if found else [])
