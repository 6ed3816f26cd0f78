"""The lab's networks: the Engine's bridges with fixed addresses, in ranges that cover nothing in use.

What happens otherwise: docs/notes/lab.md#address-ranges
"""

import json
import os
import socket
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from pathlib import Path
from urllib.parse import urlsplit

from envivo.core.errors import EnvivoError
from envivo.lab import apt
from envivo.lab.engine import docker
from envivo.lab.programs import attempt, run
from envivo.lab.topology import LAB, ROUTER, LabNetwork, Topology

_MACHINE = -2
"""The machine's own number in a network that has a router: the last."""


def parse(network: LabNetwork, text: str) -> IPv4Network:
    try:
        net = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError):
        net = IPv4Network("0.0.0.0/32")
    if not 8 <= net.prefixlen <= 24:
        raise EnvivoError(
            network.variable,
            f"{text} is not a network for the lab",
            f"name a /24 or wider, such as {network.ranges[0]}",
            exit_code=2,
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


def range_error(
    network: LabNetwork, net: IPv4Network, uses: list[tuple[IPv4Network, str]], up: str
) -> EnvivoError | None:
    """None, or what is in the way and a range where nothing is; `up` is the command to say it to."""
    taken = conflict(net, uses)
    if taken is None:
        return None
    free = (text for text in network.ranges if conflict(IPv4Network(text), uses) is None)
    return EnvivoError(
        f"network {net}", f"is in use: {taken}", f"{network.variable}={next(free, 'ANOTHER_NETWORK/24')} {up}"
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


def ensure(topology: Topology) -> dict[str, IPv4Network]:
    """Network's name -> range of each network of the topology; made where it is not there yet."""
    return {network.name: _ensure(network, topology) for network in topology.networks}


def _ensure(network: LabNetwork, topology: Topology) -> IPv4Network:
    asked = os.environ.get(network.variable)
    code, out, _ = attempt(
        "docker", "network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", network.name
    )
    if code == 0:
        present = IPv4Network(out.strip())
        if asked and parse(network, asked) != present:
            down = "envivo lab down" + ("" if network == LAB else f" --topology {topology.name}")
            raise EnvivoError(network.variable, f"is {asked}, but the lab is up on {present}", f"{down}, then up")
        return present
    net = parse(network, asked or network.ranges[0])
    refused = range_error(network, net, _uses(), topology.up)
    if refused:
        raise refused
    docker("network", "create", *options(network, net), network.name)
    return net


def options(network: LabNetwork, net: IPv4Network) -> list[str]:
    """The lab's own network leads out of the machine. The others do not, and number 1 in them is a host, the router.

    Not --internal, whose rules drop what a router passes on: docs/notes/lab.md#internal-networks
    """
    chosen = ["--subnet", str(net), "--label", LAB.name]
    if network == LAB:
        return [*chosen, "--gateway", str(net[ROUTER])]
    return [*chosen, "--gateway", str(net[_MACHINE]), "--opt", "com.docker.network.bridge.enable_ip_masquerade=false"]


def remove(networks: Iterable[LabNetwork]) -> None:
    present = docker("network", "ls", "--filter", f"label={LAB.name}", "--format", "{{.Name}}").split()
    doomed = [network.name for network in networks if network.name in present]
    if doomed:
        docker("network", "rm", *doomed)
