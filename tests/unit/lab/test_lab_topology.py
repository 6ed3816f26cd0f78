from ipaddress import IPv4Network
from itertools import chain

import pytest

from envivo.core.errors import EnvivoError
from envivo.lab.topology import INTERNET, LAB, TOPOLOGIES, LabHost, named

HOSTS = list(chain.from_iterable(topology.hosts for topology in TOPOLOGIES.values()))


def test_topologies_share_neither_names_nor_addresses() -> None:
    assert len({host.name for host in HOSTS}) == len(HOSTS)
    places = [(link.network, link.number) for host in HOSTS for link in host.links]
    assert len(set(places)) == len(places)


def test_host_numbers_lie_in_the_smallest_network_beside_the_machines_own() -> None:
    for link in chain.from_iterable(host.links for host in HOSTS):
        assert (1 < link.number < 255) if link.network == LAB else (0 < link.number < 254)


def test_each_network_of_the_wan_has_a_router_to_the_internet() -> None:
    wan = named("wan")
    routed = {host.inside for host in wan.hosts if host.inside}
    assert routed == set(wan.networks) - {LAB, INTERNET}
    assert all(INTERNET in {link.network for link in host.others} for host in wan.hosts if host.inside)
    assert {host.behind for host in wan.hosts if host.behind} == routed


def test_what_a_browser_could_leak_is_not_on_the_labs_own_network() -> None:
    apart = {"wan-home", "wan-office", "wan-isp", "wan-viewer", "wan-stranger"}
    assert {host.name for host in named("wan").hosts if not host.over_ssh} == apart


def test_names_on_the_internet_follow_its_range() -> None:
    wan = named("wan")
    assert wan.domains({"envivo-internet": IPv4Network("203.0.113.0/24")}) == {
        "media.envivo.test": "203.0.113.10",
        "turn.envivo.test": "203.0.113.11",
        "acme.envivo.test": "203.0.113.21",
    }
    assert wan.networks[0] == LAB


def test_cameras_are_on_both_releases_of_debian_and_every_other_host_is_on_the_newer() -> None:
    assert {host.name: host.release for host in named("cameras").hosts if "cameras" in host.groups} == {
        "cams-cam12": "bookworm",
        "cams-cam13": "trixie",
    }
    assert [host.name for host in HOSTS if host.release != "trixie"] == ["cams-cam12"]


def test_an_address_is_the_number_in_the_network() -> None:
    assert LabHost("a", 11).address({"envivo-lab": IPv4Network("10.1.2.0/24")}) == "10.1.2.11"
    assert LabHost("a", 11).address({}) == ""


def test_an_unknown_topology_is_wrong_usage_and_names_those_there_are() -> None:
    with pytest.raises(
        EnvivoError, match=r"nope: .*: choose one of bench, cameras, default, pair, spare, vm, wan"
    ) as raised:
        named("nope")
    assert raised.value.exit_code == 2
