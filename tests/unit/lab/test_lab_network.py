from ipaddress import IPv4Network
from itertools import combinations

import pytest

from envivo.core.errors import EnvivoError
from envivo.lab import network
from envivo.lab.topology import INTERNET, LAB, LabNetwork, named

RANGE = IPv4Network("10.86.0.0/24")


@pytest.mark.parametrize(
    ("dst", "overlaps"),
    [
        ("10.86.0.0/24", True),
        ("10.86.0.17", True),
        ("10.0.0.0/8", True),
        ("10.86.1.0/24", False),
        ("192.0.2.0/24", False),
        ("default", False),
        ("0.0.0.0/1", False),
    ],
)
def test_a_route_of_its_own_is_in_the_way_where_it_overlaps(dst: str, overlaps: bool) -> None:
    taken = network.conflict(RANGE, network.uses_in_routes([{"dst": dst, "dev": "eth7"}]))
    assert taken == (f"the route to {dst} on eth7" if overlaps else None)


def test_a_name_server_is_in_the_way_and_ipv6_is_not() -> None:
    uses = network.uses_in_resolv_conf("# x\nsearch a.example\nnameserver fd00::1\nnameserver 10.86.0.53\nnameserver\n")
    assert network.conflict(RANGE, uses) == "the name server 10.86.0.53"
    assert len(uses) == 1


def test_a_range_in_use_is_refused_with_a_free_one() -> None:
    uses = [(IPv4Network("10.0.0.0/8"), "the office"), (IPv4Network("172.16.0.0/12"), "others")]
    refused = network.range_error(LAB, RANGE, uses, "envivo lab up")
    assert str(refused) == "network 10.86.0.0/24: is in use: the office: ENVIVO_LAB_NET=192.168.186.0/24 envivo lab up"
    assert network.range_error(LAB, IPv4Network("192.168.186.0/24"), uses, "envivo lab up") is None


def test_an_internet_in_use_is_refused_with_another_one() -> None:
    uses = [(IPv4Network("198.51.0.0/16"), "a provider"), (IPv4Network("203.0.113.7"), "a name server")]
    refused = network.range_error(INTERNET, IPv4Network("198.51.100.0/24"), uses, named("wan").up)
    assert refused is not None
    assert refused.fix == "ENVIVO_LAB_INTERNET=192.0.2.0/24 envivo lab up --topology wan"


def test_a_refusal_names_no_range_where_all_known_ones_are_in_use() -> None:
    uses = [(IPv4Network("0.0.0.0/2"), "a"), (IPv4Network("128.0.0.0/1"), "b")]
    refused = network.range_error(LAB, RANGE, uses, "envivo lab up")
    assert refused is not None
    assert "ANOTHER_NETWORK/24" in refused.fix


def test_only_the_labs_own_network_leads_out_of_the_machine() -> None:
    assert "--opt" not in network.options(LAB, RANGE)
    for other in named("wan").networks[1:]:
        net = IPv4Network(other.ranges[0])
        options = network.options(other, net)
        assert "com.docker.network.bridge.enable_ip_masquerade=false" in options
        assert options[options.index("--gateway") + 1] == str(net[254])  # .1 is the router's
        assert "--internal" not in options


def test_no_two_networks_want_the_same_range() -> None:
    ranges = [IPv4Network(text) for other in named("wan").networks for text in other.ranges]
    assert not [(one, other) for one, other in combinations(ranges, 2) if one.overlaps(other)]


@pytest.mark.parametrize("text", ["10.1.0.0/24", "10.1.0.0/16"])
def test_a_network_of_the_lab_may_be_wide(text: str) -> None:
    assert network.parse(LAB, text) == IPv4Network(text)


@pytest.mark.parametrize("text", ["", "lab", "10.86.0.1/24", "10.86.0.0/25", "10.86.0.0/33", "fd00::/64", "0.0.0.0/0"])
@pytest.mark.parametrize("which", [LAB, INTERNET])
def test_what_is_no_network_for_the_lab_is_wrong_usage(which: LabNetwork, text: str) -> None:
    with pytest.raises(EnvivoError, match=rf"{which.variable}: .* is not a network for the lab") as raised:
        network.parse(which, text)
    assert raised.value.exit_code == 2
