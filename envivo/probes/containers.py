"""Containers of a Compose project, seen from inside their host."""

import shlex
from dataclasses import dataclass

from envivo.inside import Inside


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


ABSENT = ContainerState("missing", "none")


def container_state(inside: Inside, project: str, service: str) -> ContainerState:
    """Raises envivo.inside.UnreachableError."""
    label = "--filter label=com.docker.compose"
    listed = f"docker ps -aq {label}.project={shlex.quote(project)} {label}.service={shlex.quote(service)}"
    show = "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}"
    said = inside.run(f"{listed} | head -n 1 | xargs -r docker inspect -f {shlex.quote(show)}").out.split()
    return ContainerState(*said) if len(said) == 2 else ABSENT
