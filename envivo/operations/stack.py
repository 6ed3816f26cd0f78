"""A Compose project whose containers are made from what the disk says, and healthy."""

import json
import shlex
from collections.abc import Generator, Iterable, Mapping, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import given_up, understood
from envivo.operations.reasons import Difference, because
from envivo.state.containers import Container, Sorted, inspection, left_alone, own, parse, sort
from envivo.state.desired import Service

_LOCKED_WITHIN_S = 90
"""Longer than whoever holds the lock takes at most, see `converge_script`."""
_PROBED_WITHIN_S = 20
"""The interval of health checks in templates/media/compose.yml.j2, several times."""


class Containers(FactBase[list[Container]]):
    """All containers with the label of a Compose project."""

    @staticmethod
    def default() -> list[Container]:
        return []

    def command(self, project: str) -> str:
        return inspection(project)

    @understood
    def process(self, output: list[str]) -> list[Container]:
        return parse(output)


def amiss(wanted: Mapping[str, Service], there: Sorted) -> list[str]:
    """Why the project is not as wanted, one sentence a service. `there`: sorted by the wanted services."""
    found = []
    for name, service in wanted.items():
        container = there.own.get(name)
        if container is None:
            found.append(f"{name} is not there")
        elif container.state != "running":
            found.append(f"{name} is {container.state}")
        elif (container.revision, container.image_id) != (service.revision, service.image_id):
            found.append(f"{name} was made from another definition or image")
        elif container.health != "healthy":
            found.append(f"{name} is {container.health}")
    found.extend(f"{container.name} is not wanted" for container in there.former)
    return found


def deviations(reasons: Iterable[str]) -> list[Difference]:
    """`reasons`: sentences of `amiss`, each beginning with the name of its service."""
    return [Difference(f"the container {name}", what) for name, _, what in (one.partition(" ") for one in reasons)]


def as_wanted(name: str, service: Service) -> str:
    """How the line of a container begins that `inspection` prints, if `amiss` has nothing to say of it."""
    fields = [name, "False", "running", "healthy", service.revision, service.image_id]
    return json.dumps(fields, separators=(",", ":")).removesuffix("]")


def converge_script(
    compose_file: str, project: str, lock: str, wanted: Mapping[str, Service], former: Sequence[Container] = ()
) -> str:
    """Makes what is missing or changed, waits a minute at most until all are healthy and show their revision, and
    looks at them again.

    `lock`: a file that whoever starts or removes containers holds meanwhile.
    """
    compose = f"docker compose -f {shlex.quote(compose_file)}"
    lines = [
        # 9 is the deploy's own: envivo/operations/lease.py
        f"mkdir -p {shlex.quote(lock.rpartition('/')[0])}; exec 8>{shlex.quote(lock)}",
        f"flock -w {_LOCKED_WITHIN_S} 8 || {{ echo 'another process has held {lock} for {_LOCKED_WITHIN_S} s: "
        f"see which one: lslocks -o PID,COMMAND,PATH' >&2; exit 1; }}",
        *(f"docker rm -f {container.id} >/dev/null || exit 1" for container in former),
        # Compose does not go on with what is paused, and its --wait gives up at once where probes failed meanwhile
        f"paused=$(docker ps -q {own(project)} --filter status=paused)",
        'if [ "$paused" ]; then docker unpause $paused >/dev/null; n=0',
        f'  while [ $n -lt {_PROBED_WITHIN_S}0 ] && [ "$(docker ps -q {own(project)} --filter health=unhealthy)" ]; do',
        "    n=$((n + 1)); sleep 0.1; done; fi",
        # nor with what the Engine goes on restarting, though what that lacked may be there by now
        f"restarting=$(docker ps -q {own(project)} --filter status=restarting)",
        'if [ "$restarting" ]; then docker restart $restarting >/dev/null; fi',
        f"{compose} up -d --wait --wait-timeout 60 --quiet-pull >/dev/null 2>&1 || {{",
        f"  {compose} ps -a --format '{{{{.Service}}}}: {{{{.Status}}}}' >&2",
        f"  {compose} logs --no-color --tail 8 >&2; exit 1; }}",
    ]
    for name, service in wanted.items():
        lines += [
            f"n=0; until {service.ask} 2>/dev/null | grep -qF {service.config_revision}; do",
            f'  n=$((n + 1)); [ $n -lt 100 ] || {{ echo "{name} runs another configuration than the one on the disk: '
            f'see docker compose -f {compose_file} logs {name}" >&2; exit 1; }}; sleep 0.1; done',
        ]
    lines.append(f"look() {{ {inspection(project)}; }}")
    for name, service in wanted.items():
        status = f"$(docker ps -a {own(project, name)} --format '{{{{.Status}}}}' | head -n 1)"
        lines += [
            f"n=0; until look | grep -qF {shlex.quote(as_wanted(name, service))}; do",
            f"  n=$((n + 1)); [ $n -lt 50 ] || {{ status={status}",
            f'  echo "{name} was started and is not as wanted (${{status:-gone}}): '
            f'see docker compose -f {compose_file} logs {name}" >&2; exit 1; }}; sleep 0.1; done',
        ]
    return "\n".join(lines)


@operation()
def stack(
    compose_file: str, project: str, lock: str, services: Mapping[str, Service]
) -> Generator[StringCommand, None, None]:
    """All services are made from the compose file, healthy, and run the configuration that is on the disk."""
    found = host.get_fact(Containers, project=project)
    if given_up():
        return
    there = sort(found, services)
    for line in left_alone(there.strangers, project):
        host.log(line)
    if reasons := amiss(services, there):
        because(host, deviations(reasons))
        yield StringCommand(converge_script(compose_file, project, lock, services, there.former))
    else:
        host.noop("all services run and are healthy")
