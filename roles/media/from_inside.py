"""Checks of a media host's services: containers and ports."""

from collections.abc import Iterator, Sequence

from envivo.core.paths import COMPOSE_PROJECT
from envivo.core.polling import until
from envivo.operations.reasons import container_of
from envivo.probes import ports
from envivo.probes.containers import container_state, containers, restart
from envivo.probes.units import unit_state
from envivo.roles.base.checks import listening_ports, stopped_on_purpose
from envivo.roles.media import guard, limits
from envivo.roles.media.desired import CALLED
from envivo.roles.media.journal import logs
from envivo.roles.media.programs import DOWN
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.state.containers import left_alone, own, sort
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding

_HEALTHY_WITHIN_S = 15


def container(media: Target[Media], service: str) -> Iterator[Finding]:
    state = until(
        lambda state: not state.coming,
        lambda: container_state(media.shell, COMPOSE_PROJECT, service),
        _HEALTHY_WITHIN_S,
    )
    if not state.healthy and (by_a_person := stopped_on_purpose(media, service, DOWN[service])):
        yield by_a_person
    elif not state.healthy:
        name = CALLED[service]
        what = f"{DOWN[service]}: {container_of(name)} is {state.words}"
        yield Finding(media.name, f"{name}-down", what, restart(name))


def guarded(media: Target[Media]) -> Iterator[Finding]:
    state = unit_state(media.shell, guard.UNIT)
    if not state.runs:
        what = f"stopped containers are not restarted: {guard.UNIT} is {state.words}"
        yield Finding(media.name, "stack-unguarded", what, state.to_start("stack"))


def strangers(media: Target[Media], services: Sequence[str]) -> Iterator[Observation]:
    """Containers that only carry the project's label: a deploy leaves them alone, so they are reported."""
    for line in left_alone(sort(containers(media.shell, COMPOSE_PROJECT), services).strangers, COMPOSE_PROJECT):
        yield Observation(line)


def listening(media: Target[Media], service: str) -> Iterator[Finding]:
    listeners = [listener for listener in media.context.listeners if listener.setting.startswith(f"{service}.")]
    yield from listening_ports(media, listeners, logs(CALLED[service]))


def hosts_file(media: Target[Media], state: str) -> set[str]:
    """Addresses of names in the hosts file of MediaMTX's container."""
    inside = f"$(docker ps -q {own(COMPOSE_PROJECT, 'mediamtx')} | head -n 1)"
    read = f"cmp -s {state}/hosts /proc/$(docker inspect -f '{{{{.State.Pid}}}}' {inside})/root/etc/hosts"
    said = media.shell.run(f"{read} && grep -v localhost {state}/hosts").out
    return {line.split()[0] for line in said.splitlines() if line.strip()}


def limited(media: Target[Media]) -> Iterator[Finding]:
    if media.shell.run(f"nft list table inet {limits.TABLE}").code:
        what = "connections per address are not limited"
        yield Finding(media.name, "limits-gone", what, f"on {media.name}: systemctl restart {limits.UNIT}")


def port(media: Target[Media], number: int, greeting: ports.Greeting) -> Iterator[Finding]:
    answer = ports.greet(media.address, number, greeting)
    if not answer.connected:
        what = f"{number}/tcp listens on {media.name}, but from here it {answer.problem}: a firewall blocks it"
        yield Finding(media.name, "port-blocked", what, f"allow {number}/tcp to {media.address}")
    elif answer.problem:
        what = f"{number}/tcp should speak {greeting.name}, but {answer.problem}"
        yield Finding(media.name, "port-wrong", what, f"see which program has it: ss -lntp on {media.name}")
