"""Which hosts and networks a lab has. Names and numbers are disjoint, so several topologies can be up at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from envivo.core.errors import EnvivoError

DEFAULT = "default"
GROUPS = ("media", "cameras")

Release = Literal["bookworm", "trixie"]
"""Debian 12 and 13."""

Ranges = Mapping[str, IPv4Network]
"""Network's name -> its range, of the networks that are there."""


@dataclass(frozen=True)
class Network:
    """A bridge of the Engine. Its range is the first of `ranges`, or what the environment's `variable` says."""

    name: str
    variable: str
    ranges: tuple[str, ...]


LAB = Network("envivo-lab", "ENVIVO_LAB_NET", ("10.86.0.0/24", "172.29.86.0/24", "192.168.186.0/24"))
"""How the lab itself reaches hosts, and hosts their package sources."""

INTERNET = Network(
    "envivo-internet", "ENVIVO_LAB_INTERNET", ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "172.29.100.0/24")
)
HOME = Network("envivo-home", "ENVIVO_LAB_HOME", ("192.168.50.0/24", "172.29.50.0/24", "10.86.50.0/24"))
VIEWERS = Network("envivo-viewers", "ENVIVO_LAB_VIEWERS", ("192.168.60.0/24", "172.29.60.0/24", "10.86.60.0/24"))
STRANGERS = Network("envivo-strangers", "ENVIVO_LAB_STRANGERS", ("192.168.70.0/24", "172.29.70.0/24", "10.86.70.0/24"))

ROUTER = 1
"""The number of a network's router in it, and of the machine in the lab's own network."""


ACME = "acme.envivo.test"
"""The host of this name signs certificates, and is the internet's DNS."""


@dataclass(frozen=True)
class Link:
    """`number` is the host's place in the network: number 11 of 10.0.0.0/24 is 10.0.0.11."""

    network: Network
    number: int

    def address(self, ranges: Ranges) -> str:
        """ "" where the network is not there yet."""
        return str(ranges[self.network.name][self.number]) if self.network.name in ranges else ""


@dataclass(frozen=True)
class Host:
    """One machine; `number` is its place in the lab's own network, None for one that only the Engine reaches."""

    name: str
    number: int | None
    groups: tuple[str, ...] = GROUPS
    others: tuple[Link, ...] = ()
    domain: str = ""
    """Its name on the internet."""
    release: Release = "trixie"
    virtual: bool = False
    """A virtual machine, with a kernel and devices of its own."""

    @property
    def over_ssh(self) -> bool:
        return self.number is not None

    @property
    def links(self) -> tuple[Link, ...]:
        """The first is where the host is looked for."""
        return self.others if self.number is None else (Link(LAB, self.number), *self.others)

    @property
    def inside(self) -> Network | None:
        """Of a router: the network whose way out it is."""
        return next((link.network for link in self.others if link.number == ROUTER), None)

    @property
    def behind(self) -> Network | None:
        """The network through whose router the host reaches the internet, None where it is on it."""
        on = [link.network for link in self.others]
        return on[0] if on and INTERNET not in on else None

    def address(self, ranges: Ranges) -> str:
        """ "" where its network is not there yet."""
        return self.links[0].address(ranges)


@dataclass(frozen=True)
class Topology:
    name: str
    hosts: tuple[Host, ...]

    @property
    def up(self) -> str:
        """The command that makes it."""
        return "envivo lab up" + ("" if self.name == DEFAULT else f" --topology {self.name}")

    @property
    def names(self) -> set[str]:
        return {host.name for host in self.hosts}

    def host_of(self, group: str) -> Host | None:
        """The host of a group that has one."""
        found = [host for host in self.hosts if group in host.groups]
        return found[0] if len(found) == 1 else None

    @property
    def networks(self) -> tuple[Network, ...]:
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

    def hosts_file(self, host: Host, ranges: Ranges) -> dict[str, str]:
        """Names for a host whose resolver is this machine's; those that only a router connects ask the lab's DNS."""
        return self.domains(ranges) if host.over_ssh or host.inside else {}


TOPOLOGIES = {
    topology.name: topology
    for topology in (
        Topology(DEFAULT, (Host("lab1", 11),)),
        Topology("pair", (Host("media1", 21, ("media",)), Host("cam1", 22, ("cameras",)))),
        Topology("bench", (Host("bench1", 31), Host("bench2", 32, ()))),
        Topology("spare", (Host("spare1", 41),)),
        Topology(
            "cameras",
            (
                Host("cams-media", 61, ("media",)),
                Host("cams-cam12", 62, ("cameras",), release="bookworm"),
                Host("cams-cam13", 63, ("cameras",)),
            ),
        ),
        Topology("vm", (Host("vm-media", 71, ("media",)), Host("vm-cam", 72, ("cameras",), virtual=True))),
        Topology(
            "wan",
            (
                Host("wan-media", 51, ("media",), (Link(INTERNET, 10),), "media.envivo.test"),
                Host("wan-turn", 52, ("turn",), (Link(INTERNET, 11),), "turn.envivo.test"),
                Host("wan-acme", 53, (), (Link(INTERNET, 21),), ACME),
                Host("wan-cam", 54, ("cameras",), (Link(HOME, 10),)),
                Host("wan-studio", 55, (), (Link(HOME, 20),)),
                Host("wan-home", None, (), (Link(INTERNET, 50), Link(HOME, ROUTER))),
                Host("wan-office", None, (), (Link(INTERNET, 60), Link(VIEWERS, ROUTER))),
                Host("wan-viewer", None, (), (Link(VIEWERS, 10),)),
                Host("wan-isp", None, (), (Link(INTERNET, 70), Link(STRANGERS, ROUTER))),
                Host("wan-stranger", None, (), (Link(STRANGERS, 10),)),
            ),
        ),
    )
}


def named(name: str) -> Topology:
    """Raises EnvivoError (exit code 2) for a name that is not there."""
    try:
        return TOPOLOGIES[name]
    except KeyError:
        raise EnvivoError(
            name, "unknown topology", f"choose one of {', '.join(sorted(TOPOLOGIES))}", exit_code=2
        ) from None
