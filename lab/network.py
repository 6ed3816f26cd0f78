"""The lab's network: the Engine's bridge with fixed addresses, in a range that covers nothing in use (lab.md 2)."""

import json
import os
import socket
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from pathlib import Path
from urllib.parse import urlsplit

from envivo.errors import EnvivoError
from lab import apt
from lab.engine import docker
from lab.programs import attempt, run

NAME = "envivo-lab"
_ENV = "ENVIVO_LAB_NET"
_RANGES = ("10.86.0.0/24", "172.29.86.0/24", "192.168.186.0/24")


def parse(text: str) -> IPv4Network:
    try:
        net = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError):
        net = IPv4Network("0.0.0.0/32")
    if not 8 <= net.prefixlen <= 24:
        raise EnvivoError(
            _ENV, f"{text} is not a network for the lab", f"a /24 or wider, such as {_RANGES[0]}", exit_code=2
        )
    return net


def uses_in_routes(routes: Iterable[dict[str, str]]) -> list[tuple[IPv4Network, str]]:
    """Of `ip -json route`: what has a route of its own; a default route, also one in two halves, covers nothing."""
    found = []
    for route in routes:
        if route["dst"] != "default" and IPv4Network(route["dst"]).prefixlen > 1:
            found.append((IPv4Network(route["dst"]), f"the route to {route['dst']} on {route.get('dev', 'no device')}"))
    return found


def uses_in_resolv_conf(text: str) -> list[tuple[IPv4Network, str]]:
    fields = [line.split() for line in text.splitlines()]
    servers = [field[1] for field in fields if len(field) > 1 and field[0] == "nameserver" and ":" not in field[1]]
    return [(IPv4Network(server), f"the name server {server}") for server in servers]


def conflict(net: IPv4Network, uses: Iterable[tuple[IPv4Network, str]]) -> str | None:
    """What in use the range overlaps."""
    return next((what for used, what in uses if used.overlaps(net)), None)


def refusal(net: IPv4Network, uses: list[tuple[IPv4Network, str]]) -> EnvivoError | None:
    """None, or what is in the way and a range where nothing is."""
    taken = conflict(net, uses)
    if taken is None:
        return None
    free = (text for text in _RANGES if conflict(IPv4Network(text), uses) is None)
    return EnvivoError(
        f"network {net}", f"is in use: {taken}", f"{_ENV}={next(free, 'ANOTHER_NETWORK/24')} envivo lab up"
    )


def _uses() -> list[tuple[IPv4Network, str]]:
    routes = json.loads(run("ip", "-4", "-json", "route", "show", "table", "all", fix="ip route"))
    resolv_conf = Path("/etc/resolv.conf")
    resolvers = uses_in_resolv_conf(resolv_conf.read_text()) if resolv_conf.exists() else []
    mirror = apt.machine_mirror(os.environ.get("ENVIVO_LAB_MIRROR"))
    return uses_in_routes(routes) + resolvers + _addresses(urlsplit(mirror.archive).hostname or "")


def _addresses(name: str) -> list[tuple[IPv4Network, str]]:
    try:
        answers = socket.getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except OSError:  # no name service here: nothing is cut off
        return []
    return [(IPv4Network(str(address[4][0])), f"the package mirror {name}") for address in answers]


def ensure() -> IPv4Network:
    """The network's range; made when it is not there yet."""
    asked = os.environ.get(_ENV)
    code, out, _ = attempt("docker", "network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", NAME)
    if code == 0:
        present = IPv4Network(out.strip())
        if asked and parse(asked) != present:
            raise EnvivoError(_ENV, f"is {asked}, but the lab is up on {present}", "envivo lab down, then up")
        return present
    net = parse(asked or _RANGES[0])
    refused = refusal(net, _uses())
    if refused:
        raise refused
    docker("network", "create", "--subnet", str(net), "--gateway", str(IPv4Address(net[1])), "--label", NAME, NAME)
    return net


def remove() -> None:
    if docker("network", "ls", "-q", "--filter", f"name=^{NAME}$"):
        docker("network", "rm", NAME)
