"""Containers of a Compose project, seen from inside their host."""

from dataclasses import dataclass

from envivo.remote import RemoteShell
from envivo.state.containers import Container, inspection, parse, sort


@dataclass(frozen=True)
class ContainerState:
    state: str
    """running, exited, restarting ..., or missing."""
    health: str
    """healthy, unhealthy, starting, none."""

    @property
    def healthy(self) -> bool:
        return (self.state, self.health) == ("running", "healthy")

    @property
    def coming(self) -> bool:
        return (self.state, self.health) == ("running", "starting")

    @property
    def words(self) -> str:
        return self.health if self.state == "running" else f"not running ({self.state})"


def restart(program: str) -> str:
    """Fix for a container that is not healthy; one that is missing is made, one that is paused goes on."""
    return f"envivo restart ENV {program} (see why: envivo logs ENV {program})"


ABSENT = ContainerState("missing", "none")


def container_state(shell: RemoteShell, project: str, service: str) -> ContainerState:
    """Raises envivo.remote.UnreachableError."""
    container = sort(containers(shell, project), {service}).own.get(service)
    return ContainerState(container.state, container.health) if container else ABSENT


def containers(shell: RemoteShell, project: str) -> list[Container]:
    """All that carry the project's label. Raises envivo.remote.UnreachableError."""
    return parse(shell.run(inspection(project)).out.splitlines())
