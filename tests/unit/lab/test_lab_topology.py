from ipaddress import IPv4Network
from itertools import chain

import pytest

from envivo.errors import EnvivoError
from lab.topology import TOPOLOGIES, Host, named

HOSTS = list(chain.from_iterable(topology.hosts for topology in TOPOLOGIES.values()))


def test_topologies_share_neither_names_nor_addresses() -> None:
    assert len({host.name for host in HOSTS}) == len(HOSTS)
    assert len({host.number for host in HOSTS}) == len(HOSTS)


def test_host_numbers_lie_in_the_smallest_network_beside_its_gateway() -> None:
    assert all(1 < host.number < 255 for host in HOSTS)


def test_the_default_is_one_host_in_both_groups_and_pair_separates_them() -> None:
    assert [(host.name, host.groups) for host in named("default").hosts] == [("lab1", ("media", "cameras"))]
    assert [(host.name, host.groups) for host in named("pair").hosts] == [
        ("media1", ("media",)),
        ("cam1", ("cameras",)),
    ]


def test_an_address_is_the_number_in_the_network() -> None:
    assert Host("a", 11).address(IPv4Network("10.1.2.0/24")) == "10.1.2.11"


def test_an_unknown_topology_is_wrong_usage_and_names_those_there_are() -> None:
    with pytest.raises(EnvivoError, match=r"topology nope: .*: one of bench, default, pair, spare") as raised:
        named("nope")
    assert raised.value.exit_code == 2
