"""Programs of roles on a host, as `envivo status` and `envivo logs` show them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A unit of systemd that must be active, or a service of the Compose project that must be healthy."""

    name: str
    """As people call it: mediamtx, coturn; an agent is called as its path."""
    down: str
    """What does not work without it: `nobody can publish or watch`."""
    unit: str = ""
    service: str = ""
    tag: str = ""
    """Of the service's container in the journal: CONTAINER_TAG."""
    logs: Sequence[str] = ()
    """Further units that do its work, and log: the service of a timer."""

    @property
    def units(self) -> list[str]:
        """Units whose messages are the program's."""
        return [*([self.unit] if self.unit else []), *self.logs]
