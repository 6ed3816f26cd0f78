"""A Compose project whose containers are made from what the disk says, and healthy."""

import shlex
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import given_up, understood
from envivo.operations.reasons import Difference, because

REVISION_LABEL = "envivo.revision"


class Container(NamedTuple):
    state: str
    health: str
    revision: str
    image_id: str


class Containers(FactBase[dict[str, Container]]):
    """The containers of a Compose project, by service."""

    @staticmethod
    def default() -> dict[str, Container]:
        return {}

    def command(self, project: str) -> str:
        label = shlex.quote(f"label=com.docker.compose.project={project}")
        show = (
            '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} '
            "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} "
            f'{{{{or (index .Config.Labels "{REVISION_LABEL}") "none"}}}} {{{{.Image}}}}'
        )
        return f"docker ps -aq --filter {label} 2>/dev/null | xargs -r docker inspect -f {shlex.quote(show)}; true"

    @understood
    def process(self, output: list[str]) -> dict[str, Container]:
        return {service: Container(*rest) for service, *rest in (line.split() for line in output)}


@dataclass(frozen=True)
class Service:
    revision: str
    """Of its definition in the compose file."""
    image_id: str
    ask: str
    config_revision: str
    """Which the command `ask` has to show once the service runs."""


def amiss(wanted: Mapping[str, Service], there: dict[str, Container]) -> list[str]:
    """Why the project is not as wanted, one sentence a service."""
    found = []
    for name, service in wanted.items():
        container = there.get(name)
        if container is None:
            found.append(f"{name} is not there")
        elif container.state != "running":
            found.append(f"{name} is {container.state}")
        elif (container.revision, container.image_id) != (service.revision, service.image_id):
            found.append(f"{name} was made from another definition or image")
        elif container.health != "healthy":
            found.append(f"{name} is {container.health}")
    found.extend(f"{name} is not wanted" for name in sorted(there.keys() - wanted.keys()))
    return found


def deviations(reasons: Iterable[str]) -> list[Difference]:
    """`reasons`: sentences of `amiss`, each beginning with the name of its service."""
    return [Difference(f"the container {name}", what) for name, _, what in (one.partition(" ") for one in reasons)]


def converge_script(compose_file: str, wanted: Mapping[str, Service]) -> str:
    """Makes what is missing or changed, waits a minute at most until all are healthy and show their revision."""
    compose = f"docker compose -f {shlex.quote(compose_file)}"
    lines = [
        f"{compose} up -d --wait --wait-timeout 60 --remove-orphans --quiet-pull >/dev/null 2>&1 || {{",
        f"  {compose} ps -a --format '{{{{.Service}}}}: {{{{.Status}}}}' >&2",
        f"  {compose} logs --no-color --tail 8 >&2; exit 1; }}",
    ]
    for name, service in wanted.items():
        lines += [
            f"n=0; until {service.ask} 2>/dev/null | grep -qF {service.config_revision}; do",
            f'  n=$((n + 1)); [ $n -lt 100 ] || {{ echo "{name} runs another configuration than the one on the disk: '
            f'see docker compose -f {compose_file} logs {name}" >&2; exit 1; }}; sleep 0.1; done',
        ]
    return "\n".join(lines)


@operation()
def stack(compose_file: str, project: str, services: Mapping[str, Service]) -> Generator[StringCommand, None, None]:
    """All services are made from the compose file, healthy, and run the configuration that is on the disk."""
    there = host.get_fact(Containers, project=project)
    if given_up():
        return
    if reasons := amiss(services, there):
        because(host, deviations(reasons))
        yield StringCommand(converge_script(compose_file, services))
    else:
        host.noop("all services run and are healthy")
