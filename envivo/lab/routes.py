"""What a host of several networks, or behind a router, sets up at every boot: routes, its resolver, rules of a router.

Interfaces have no names here: the Engine numbers them in any order, and addresses say the same.
"""

from ipaddress import IPv4Network
from typing import Literal, get_args

from envivo.lab.files import LabFile
from envivo.lab.topology import ACME, INTERNET, LAB, ROUTER, LabHost, Ranges, Topology
from envivo.render import render

UNIT = "lab-routes.service"
DIRECTORY = "etc/lab"
NAT = f"{DIRECTORY}/nat.nft"
FILTER = f"{DIRECTORY}/filter.nft"
_SETUP = f"{DIRECTORY}/routes"

ViewerMode = Literal["open", "no-udp", "no-8189", "no-udp-8189", "tcp-8189", "turns-only", "https-only"]
MODES: tuple[ViewerMode, ...] = get_args(ViewerMode)

_NO_UDP = "meta l4proto udp drop"
_NO_8189 = "meta l4proto { tcp, udp } ct original proto-dst 8189 drop"
_RULES: dict[ViewerMode, tuple[str, ...]] = {
    "open": (),
    "no-udp": (_NO_UDP,),
    "no-8189": (_NO_8189,),
    "no-udp-8189": (_NO_UDP, _NO_8189),
    "tcp-8189": ("meta l4proto tcp ct original proto-dst { 443, 8189 } accept", "drop"),
    "turns-only": ("meta l4proto tcp ct original proto-dst { 443, 5349 } accept", "drop"),
    "https-only": ("meta l4proto tcp ct original proto-dst 443 accept", "drop"),
}


def nat(inside: IPv4Network, resolver: str) -> str:
    return render("lab/nat.nft.j2", inside=inside, router=inside[ROUTER], resolver=resolver)


def passing(mode: ViewerMode, inside: IPv4Network) -> str:
    return render("lab/filter.nft.j2", inside=inside, router=inside[ROUTER], rules=_RULES[mode])


def setup(host: LabHost, ranges: Ranges) -> list[str]:
    """The commands of a boot."""
    if host.inside:
        return ["ip route del default || true", f"nft -f /{FILTER}", f"nft -f /{NAT}"]
    router = str(ranges[host.behind.name][ROUTER]) if host.behind else ""
    if host.over_ssh:
        lab = f"ip route replace default via {ranges[LAB.name][ROUTER]}"
        return [lab, f"ip route replace {ranges[INTERNET.name]} via {router}"] if router else [lab]
    return [f"ip route replace default via {router}", f"echo nameserver {router} >/etc/resolv.conf"]


def files(host: LabHost, topology: Topology, ranges: Ranges) -> list[LabFile]:
    """Of a host that has more than the lab's own network; none for the others."""
    if not host.others:
        return []
    made = [
        LabFile(_SETUP, "\n".join(("#!/bin/sh", "set -eu", *setup(host, ranges), "")).encode(), 0o755),
        LabFile(f"etc/systemd/system/{UNIT}", render("lab/routes.service.j2", setup=_SETUP).encode()),
        LabFile("etc/systemd/system/multi-user.target.d/lab.conf", f"[Unit]\nWants={UNIT}\n".encode()),
    ]
    if not host.over_ssh:  # it was given no key, without which sshd fails at every boot
        condition = b"[Unit]\nConditionPathExists=/etc/ssh/ssh_host_ed25519_key\n"
        made.append(LabFile("etc/systemd/system/ssh.service.d/lab.conf", condition))
    if host.inside:
        inside = ranges[host.inside.name]
        made += [
            LabFile(NAT, nat(inside, topology.domains(ranges)[ACME]).encode()),
            LabFile(FILTER, passing("open", inside).encode()),
        ]
    return made
