"""A Compose project whose containers are made from the files on the disk, and healthy."""

import json
import shlex
from collections.abc import Generator, Mapping, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.keeping import keep
from envivo.operations.output import host_failed, parsed_fact
from envivo.operations.reasons import RECREATED, Difference, because, container_of
from envivo.operations.stopped import StoppedPrograms, leave_stopped
from envivo.operations.strays import leave_alone
from envivo.render import render
from envivo.state import stopped
from envivo.state.containers import Container, Sorted, inspection, left_alone, own, parse, sort
from envivo.state.desired import Service

_STARTED_WITHIN_S = 60
_PROBED_WITHIN_S = 20
"""Several intervals of the health checks in templates/media/compose.yml.j2."""
_LOCKED_WITHIN_S = 2 * _STARTED_WITHIN_S + _PROBED_WITHIN_S + 10
"""Longer than any holder of the lock takes: see `converge_script`."""


class Containers(FactBase[list[Container]]):
    """All containers with the label of a Compose project."""

    @staticmethod
    def default() -> list[Container]:
        return []

    def command(self, project: str) -> str:
        return inspection(project)

    @parsed_fact
    def process(self, output: list[str]) -> list[Container]:
        return parse(output)


def deviations(wanted: Mapping[str, Service], there: Sorted) -> list[Difference]:
    """Why the project is not as wanted, one difference a container. `there`: sorted by the wanted services."""
    found: list[Difference] = []

    def say(program: str, what: str, removes: bool = False) -> None:
        found.append(Difference(container_of(program), what, removes=removes))

    for service_name, service in wanted.items():
        name, container = service.program, there.own.get(service_name)
        if container is None:
            say(name, "is not there")
        elif container.state != "running":
            say(name, f"is {container.state}")
        elif (container.revision, container.image_id) != (service.revision, service.image_id):
            say(name, RECREATED)
        elif container.health != "healthy":
            say(name, f"is {container.health}")
    for container in there.former:
        say(container.name, "is not wanted", removes=True)
    return found


def as_wanted(name: str, service: Service) -> str:
    """Start of the line that `inspection` prints of a container in which `deviations` finds nothing."""
    fields = [name, "False", "running", "healthy", service.revision, service.image_id]
    return json.dumps(fields, separators=(",", ":")).removesuffix("]")


def converge_script(
    compose_file: str, project: str, lock: str, wanted: Mapping[str, Service], former: Sequence[Container] = ()
) -> str:
    """A script that creates containers that are missing or changed, waits a minute at most until all are healthy and
    show their revision, and then inspects them again. Where some had failed their probes before, it tries twice.

    `lock`: a file that is locked while containers are started or removed.
    """
    compose = f"docker compose -f {shlex.quote(compose_file)}"
    return render(
        "operations/converge.sh.j2", compose_file=compose_file, compose=compose, project=project, lock=lock,
        lock_directory=shlex.quote(lock.rpartition("/")[0]), locked_s=_LOCKED_WITHIN_S,
        started_s=_STARTED_WITHIN_S, probed_s=_PROBED_WITHIN_S,
        wanted=wanted, former=former, own=own, inspection=inspection, as_wanted=as_wanted, quote=shlex.quote,
        stopped=stopped.DIRECTORY,
    ).rstrip("\n")  # fmt: skip


@operation()
def stack(
    compose_file: str, project: str, lock: str, services: Mapping[str, Service]
) -> Generator[StringCommand, None, None]:
    """All services that nobody has stopped run as the compose file defines them, healthy, with the configuration on the
    disk."""
    # a subshell: the script ends with `exit`
    keep(host, [], f"({converge_script(compose_file, project, lock, services)})")
    found = host.get_fact(Containers, project=project)
    if host_failed():
        return
    there = sort(found, services)
    for line in left_alone(there.strangers, project):
        host.log(line)
    leave_alone(host, [f"the container {container.name}" for container in there.strangers])
    held = host.get_fact(StoppedPrograms)
    leave_stopped(host, [held[name] for name in services if name in held])
    wanted = {name: service for name, service in services.items() if name not in held}
    if differences := deviations(wanted, there):
        because(host, differences)
        yield StringCommand(converge_script(compose_file, project, lock, services, there.former))
    else:
        host.noop("all services run and are healthy")
