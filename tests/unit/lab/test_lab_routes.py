"""What a router passes is asked of the kernel in tests/e2e/wan; here: the text, and who gets which."""

from ipaddress import IPv4Network

import pytest

from envivo.lab import acme, routes
from envivo.lab.topology import TOPOLOGIES, LabHost, named

WAN = named("wan")
RANGES = {network.name: IPv4Network(network.ranges[0]) for network in WAN.networks}
OFFICE = IPv4Network("192.168.60.0/24")


def _host(name: str) -> LabHost:
    return next(host for host in WAN.hosts if host.name == name)


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("wan-media", ["ip route replace default via 10.86.0.1"]),
        ("wan-cam", ["ip route replace default via 10.86.0.1", "ip route replace 198.51.100.0/24 via 192.168.50.1"]),
        ("wan-viewer", ["ip route replace default via 192.168.60.1", "echo nameserver 192.168.60.1 >/etc/resolv.conf"]),
        ("wan-office", ["ip route del default || true", "nft -f /etc/lab/filter.nft", "nft -f /etc/lab/nat.nft"]),
    ],
)  # fmt: skip
def test_a_host_reaches_the_internet_by_its_router_and_packages_by_the_labs_network(
    name: str, commands: list[str]
) -> None:
    assert routes.setup(_host(name), RANGES) == commands


def test_hosts_with_the_labs_network_alone_are_as_the_engine_makes_them() -> None:
    alone = [host for name, topology in TOPOLOGIES.items() if name != "wan" for host in topology.hosts]
    assert not any(routes.files(host, WAN, RANGES) for host in alone)


def test_routers_alone_get_rules_and_pass_everything_at_first() -> None:
    files = {host.name: {file.path: file for file in routes.files(host, WAN, RANGES)} for host in WAN.hosts}
    assert {name for name, there in files.items() if routes.NAT in there} == {"wan-home", "wan-office", "wan-isp"}
    assert files["wan-office"][routes.FILTER].content.decode() == routes.passing("open", OFFICE)
    assert all(there["etc/lab/routes"].mode == 0o755 for there in files.values())


def test_a_router_hides_its_network_and_is_its_resolver() -> None:
    rules = routes.nat(OFFICE, "198.51.100.21")
    assert "ip saddr 192.168.60.0/24 ip daddr != 192.168.60.0/24 masquerade" in rules
    assert "ip daddr 192.168.60.1 meta l4proto { tcp, udp } th dport 53 dnat to 198.51.100.21" in rules


@pytest.mark.parametrize("mode", routes.MODES)
def test_no_mode_spares_what_is_established_or_shuts_off_the_resolver(mode: routes.ViewerMode) -> None:
    rules = [line.strip() for line in routes.passing(mode, OFFICE).splitlines()]
    assert not any("established" in rule for rule in rules)
    resolver = rules.index("ct original ip daddr 192.168.60.1 accept")
    assert resolver < min((place for place, rule in enumerate(rules) if rule in MODE_RULES[mode]), default=99)
    assert [rule for rule in rules[resolver + 1 :] if rule != "}"] == MODE_RULES[mode]


NO_8189 = "meta l4proto { tcp, udp } ct original proto-dst 8189 drop"
MODE_RULES: dict[routes.ViewerMode, list[str]] = {
    "open": [],
    "no-udp": ["meta l4proto udp drop"],
    "no-8189": [NO_8189],
    "no-udp-8189": ["meta l4proto udp drop", NO_8189],
    "tcp-8189": ["meta l4proto tcp ct original proto-dst { 443, 8189 } accept", "drop"],
    "turns-only": ["meta l4proto tcp ct original proto-dst { 443, 5349 } accept", "drop"],
    "https-only": ["meta l4proto tcp ct original proto-dst 443 accept", "drop"],
}


def test_only_the_three_names_are_in_the_dns() -> None:
    files = {file.path: file.content.decode() for file in acme.files(WAN, RANGES)}
    assert files["etc/lab/acme/names"].count("/add-a") == 3
    assert '{"host": "media.envivo.test", "addresses": ["198.51.100.10"]}' in files["etc/lab/acme/names"]
    assert '-defaultIPv4 "" -defaultIPv6 ""' in files["etc/systemd/system/lab-dns.service"]
