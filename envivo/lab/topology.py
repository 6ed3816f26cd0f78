"""Which hosts and networks a lab has. Names and numbers are disjoint, so several topologies can be up at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from envivo.core.names import ensure_known

DEFAULT = "default"
GROUPS = ("media", "cameras")

DebianRelease = Literal["bookworm", "trixie"]
"""Debian 12 and 13."""

Ranges = Mapping[str, IPv4Network]
"""Network's name -> its range, of the networks that are there."""


@dataclass(frozen=True)
class LabNetwork:
    """A bridge of the Engine. Its range is the first of `ranges`, or what the environment's `variable` says."""

    name: str
    variable: str
    ranges: tuple[str, ...]


LAB = LabNetwork("envivo-lab", "ENVIVO_LAB_NET", ("10.86.0.0/24", "172.29.86.0/24", "192.168.186.0/24"))
"""How the lab itself reaches hosts, and hosts their package sources."""

INTERNET = LabNetwork(
    "envivo-internet", "ENVIVO_LAB_INTERNET", ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "172.29.100.0/24")
)
HOME = LabNetwork("envivo-home", "ENVIVO_LAB_HOME", ("192.168.50.0/24", "172.29.50.0/24", "10.86.50.0/24"))
VIEWERS = LabNetwork("envivo-viewers", "ENVIVO_LAB_VIEWERS", ("192.168.60.0/24", "172.29.60.0/24", "10.86.60.0/24"))
STRANGERS = LabNetwork(
    "envivo-strangers", "ENVIVO_LAB_STRANGERS", ("192.168.70.0/24", "172.29.70.0/24", "10.86.70.0/24")
)

ROUTER = 1
"""The number of a network's router in it, and of the machine in the lab's own network."""


ACME = "acme.envivo.test"
"""The host of this name signs certificates, and is the internet's DNS."""


@dataclass(frozen=True)
class NetworkLink:
    """`number` is the host's place in the network: number 11 of 10.0.0.0/24 is 10.0.0.11."""

    network: LabNetwork
    number: int

    def address(self, ranges: Ranges) -> str:
        """ "" where the network is not there yet."""
        return str(ranges[self.network.name][self.number]) if self.network.name in ranges else ""


@dataclass(frozen=True)
class LabHost:
    """One machine; `number` is its place in the lab's own network, None for one that only the Engine reaches."""

    name: str
    number: int | None
    groups: tuple[str, ...] = GROUPS
    others: tuple[NetworkLink, ...] = ()
    domain: str = ""
    """Its name on the internet."""
    release: DebianRelease = "trixie"
    virtual: bool = False
    """A virtual machine, with a kernel and devices of its own."""

    @property
    def over_ssh(self) -> bool:
        return self.number is not None

    @property
    def links(self) -> tuple[NetworkLink, ...]:
        """The first is where the host is looked for."""
        return self.others if self.number is None else (NetworkLink(LAB, self.number), *self.others)

    @property
    def inside(self) -> LabNetwork | None:
        """Of a router: the network whose way out it is."""
        return next((link.network for link in self.others if link.number == ROUTER), None)

    @property
    def behind(self) -> LabNetwork | None:
        """The network through whose router the host reaches the internet, None where it is on it."""
        on = [link.network for link in self.others]
        return on[0] if on and INTERNET not in on else None

    def address(self, ranges: Ranges) -> str:
        """ "" where its network is not there yet."""
        return self.links[0].address(ranges)


@dataclass(frozen=True)
class Topology:
    name: str
    hosts: tuple[LabHost, ...]
    about: str
    """In the help."""

    @property
    def up(self) -> str:
        """The command that makes it."""
        return "envivo lab up" + ("" if self.name == DEFAULT else f" --topology {self.name}")

    @property
    def names(self) -> set[str]:
        return {host.name for host in self.hosts}

    def host_of(self, group: str) -> LabHost | None:
        """The host of a group that has one."""
        found = [host for host in self.hosts if group in host.groups]
        return found[0] if len(found) == 1 else None

    @property
    def networks(self) -> tuple[LabNetwork, ...]:
        """The lab's own first."""
        return tuple(dict.fromkeys((LAB, *(link.network for host in self.hosts for link in host.links))))

    def domains(self, ranges: Ranges) -> dict[str, str]:
        """Name on the internet -> address there."""
        return {
            host.domain: link.address(ranges)
            for host in self.hosts
            for link in host.others
            if host.domain and link.network == INTERNET
        }

    def hosts_file(self, host: LabHost, ranges: Ranges) -> dict[str, str]:
        """Names for a host whose resolver is this machine's; those that only a router connects ask the lab's DNS."""
        return self.domains(ranges) if host.over_ssh or host.inside else {}


TOPOLOGIES = {
    topology.name: topology
    for topology in (
        Topology(DEFAULT, (LabHost("lab1", 11),), "one host for everything"),
        Topology(
            "pair",
            (LabHost("media1", 21, ("media",)), LabHost("cam1", 22, ("cameras",))),
            "a media host and a camera host",
        ),
        Topology("bench", (LabHost("bench1", 31), LabHost("bench2", 32, ())), "two hosts for measurements"),
        Topology("spare", (LabHost("spare1", 41),), "one more host for everything"),
        Topology(
            "cameras",
            (
                LabHost("cams-media", 61, ("media",)),
                LabHost("cams-cam12", 62, ("cameras",), release="bookworm"),
                LabHost("cams-cam13", 63, ("cameras",)),
            ),
            "a media host, camera hosts with Debian 12 and 13",
        ),
        Topology(
            "vm",
            (LabHost("vm-media", 71, ("media",)), LabHost("vm-cam", 72, ("cameras",), virtual=True)),
            "a media host, a virtual machine as camera host",
        ),
        Topology(
            "wan",
            (
                LabHost("wan-media", 51, ("media",), (NetworkLink(INTERNET, 10),), "media.envivo.test"),
                LabHost("wan-turn", 52, ("turn",), (NetworkLink(INTERNET, 11),), "turn.envivo.test"),
                LabHost("wan-acme", 53, (), (NetworkLink(INTERNET, 21),), ACME),
                LabHost("wan-cam", 54, ("cameras",), (NetworkLink(HOME, 10),)),
                LabHost("wan-studio", 55, (), (NetworkLink(HOME, 20),)),
                LabHost("wan-home", None, (), (NetworkLink(INTERNET, 50), NetworkLink(HOME, ROUTER))),
                LabHost("wan-office", None, (), (NetworkLink(INTERNET, 60), NetworkLink(VIEWERS, ROUTER))),
                LabHost("wan-viewer", None, (), (NetworkLink(VIEWERS, 10),)),
                LabHost("wan-isp", None, (), (NetworkLink(INTERNET, 70), NetworkLink(STRANGERS, ROUTER))),
                LabHost("wan-stranger", None, (), (NetworkLink(STRANGERS, 10),)),
            ),
            "ten hosts on an internet of their own",
        ),
    )
}


def named(name: str) -> Topology:
    """Raises EnvivoError (exit code 2) for a name that is not there."""
    ensure_known(name, "is not a topology", sorted(TOPOLOGIES))
    return TOPOLOGIES[name]
