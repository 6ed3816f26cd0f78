"""Which hosts a lab has. Names and numbers are disjoint, so several topologies can be up on the one network."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from envivo.errors import EnvivoError

GROUPS = ("media", "cameras")


@dataclass(frozen=True)
class Host:
    """One machine; `number` is its place in the lab's network: number 11 of 10.0.0.0/24 is 10.0.0.11."""

    name: str
    number: int
    groups: tuple[str, ...] = GROUPS

    def address(self, net: IPv4Network) -> str:
        return str(net[self.number])


@dataclass(frozen=True)
class Topology:
    name: str
    hosts: tuple[Host, ...]

    @property
    def names(self) -> set[str]:
        return {host.name for host in self.hosts}


TOPOLOGIES = {
    topology.name: topology
    for topology in (
        Topology("default", (Host("lab1", 11),)),
        Topology("pair", (Host("media1", 21, ("media",)), Host("cam1", 22, ("cameras",)))),
        Topology("bench", (Host("bench1", 31), Host("bench2", 32, ()))),
        Topology("spare", (Host("spare1", 41),)),
    )
}


def named(name: str) -> Topology:
    """Raises EnvivoError (exit code 2) for a name that is not there."""
    try:
        return TOPOLOGIES[name]
    except KeyError:
        raise EnvivoError(
            f"topology {name}", "there is none of that name", f"one of {', '.join(sorted(TOPOLOGIES))}", exit_code=2
        ) from None
