"""Containers of a Compose project: which are the project's own, and which only carry its label. Pure.

Compose's labels: https://github.com/compose-spec/compose-spec/blob/main/spec.md#labels and pkg/api/labels.go of
docker/compose. A container of `docker compose run` has `oneoff` True; one that was labelled by hand has no
`config-hash`, and Compose itself leaves it alone.
"""

import json
import shlex
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

REVISION_LABEL = "envivo.revision"
COMPOSE = "com.docker.compose"


def labelled(project: str) -> str:
    """Options of `docker ps` for whatever carries the project's label."""
    return f"--filter {shlex.quote(f'label={COMPOSE}.project={project}')}"


def own(project: str, service: str = "") -> str:
    """Options of `docker ps` for what Compose has made for the project's services, or for one of them."""
    mine = f"{labelled(project)} --filter label={COMPOSE}.oneoff=False --filter label={COMPOSE}.config-hash"
    return f"{mine} --filter {shlex.quote(f'label={COMPOSE}.service={service}')}" if service else mine


class Container(NamedTuple):
    service: str
    oneoff: str
    """`False` or `True`, as Compose writes it; empty where Compose did not make it."""
    state: str
    health: str
    revision: str
    image_id: str
    config_hash: str
    number: str
    id: str
    name: str

    @property
    def composed(self) -> bool:
        """Whether Compose made it for a service."""
        return self.oneoff == "False" and bool(self.config_hash)

    @property
    def place(self) -> int:
        """Its number among those of its service."""
        return int(self.number) if self.number.isdecimal() else 0


def inspection(project: str) -> str:
    """The command that prints a JSON list a container: the fields of `Container`."""

    def label(name: str) -> str:
        return f'{{{{json (index .Config.Labels "{name}")}}}}'

    fields = [
        label(f"{COMPOSE}.service"),
        label(f"{COMPOSE}.oneoff"),
        "{{json .State.Status}}",
        '{{if .State.Health}}{{json .State.Health.Status}}{{else}}"none"{{end}}',
        label(REVISION_LABEL),
        "{{json .Image}}",
        label(f"{COMPOSE}.config-hash"),
        label(f"{COMPOSE}.container-number"),
        # not .Id: the whole would be looked up in the raw answer, where a container never started has no Health
        "{{json .ID}}",
        "{{json .Name}}",
    ]
    show = shlex.quote(f"[{','.join(fields)}]")
    return f"docker ps -aq {labelled(project)} 2>/dev/null | xargs -r docker inspect -f {show} 2>/dev/null; true"


def parse(lines: Iterable[str]) -> list[Container]:
    """What `inspection` prints. Raises ValueError or TypeError."""
    found = [Container(*map(str, json.loads(line))) for line in lines]
    return [container._replace(name=container.name.removeprefix("/")) for container in found]


class Sorted(NamedTuple):
    own: dict[str, Container]
    """By service."""
    former: list[Container]
    """Made from an earlier compose file of envivo, for a service that it no longer has."""
    strangers: list[Container]
    """Neither; left alone."""


def sort(there: Iterable[Container], services: Collection[str]) -> Sorted:
    """Of several for one service the one of the lowest number is its container, as for Compose."""
    found = Sorted({}, [], [])
    for container in sorted(there, key=lambda container: (container.place, container.name)):
        if container.composed and container.service in services and container.service not in found.own:
            found.own[container.service] = container
        elif container.composed and container.service not in services and container.revision:
            found.former.append(container)
        else:
            found.strangers.append(container)
    return found


def left_alone(strangers: Sequence[Container], project: str) -> list[str]:
    """A sentence on each."""
    return [
        f"the container {container.name} has the label of the project {project}, but is not envivo's: left alone"
        for container in strangers
    ]
