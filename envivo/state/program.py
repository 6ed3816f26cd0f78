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
    stoppable: bool = False
    """Whether it asks for its file in envivo/state/stopped.py, so that it can be stopped: those that carry video or the
    page. The others guard, limit and renew."""
    lives: str = ""
    """Command that succeeds once a unit that has just become active does its work; empty: at once."""
    why_not: str = ""
    """Command that prints why it does not do its work."""
    silences: Sequence[str] = ()
    """Codes of findings of `envivo status`, about any host, that only follow where it is stopped."""

    @property
    def units(self) -> list[str]:
        """Units whose messages are the program's."""
        return [*([self.unit] if self.unit else []), *self.logs]

    @property
    def key(self) -> str:
        """Unit or service."""
        return self.unit or self.service
