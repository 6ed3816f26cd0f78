"""The programs of a host: whether units are active and containers healthy."""

import shlex
from collections.abc import Iterable, Iterator, Sequence

from envivo.core.moments import moment
from envivo.core.paths import COMPOSE_PROJECT
from envivo.probes.containers import ABSENT, ContainerState
from envivo.probes.units import PROPERTIES, state_of
from envivo.state.containers import COMPOSE, inspection, own, parse, sort
from envivo.state.program import Program
from envivo.state.systemd import blocks
from envivo.status.rows import CONTAINERS, SERVICES, Mood, Question, Row, span
from envivo.verify.findings import Finding

_SERVICE = f'{{{{index .Config.Labels "{COMPOSE}.service"}}}}'
_DETAILS = f"{_SERVICE} {{{{.State.StartedAt}}}} {{{{.RestartCount}}}} {{{{.Config.Image}}}}"
"""Of a container, for `docker inspect`."""


def questions(host: str, programs: Sequence[Program]) -> Iterator[Question]:
    units = [program for program in programs if program.unit]
    services = [program for program in programs if program.service]
    if units:
        names = " ".join(shlex.quote(program.unit) for program in units)
        ask = f"systemctl show -p {PROPERTIES} {names}"
        yield Question(ask, lambda said: _units(host, units, said.splitlines()))
    if services:
        details = f"docker ps -q {own(COMPOSE_PROJECT)} | xargs -r docker inspect -f {shlex.quote(_DETAILS)}"
        ask = f"date +%s; {details}; echo; {inspection(COMPOSE_PROJECT)}"
        yield Question(ask, lambda said: _containers(host, services, said))


def _units(host: str, programs: Sequence[Program], lines: Iterable[str]) -> Iterator[Row | Finding]:
    for program, said in zip(programs, blocks(lines), strict=True):
        state = state_of(said)
        mood: Mood = "good" if state.runs else "bad"
        data = {"host": host, "unit": program.unit, "state": state.active, "enabled": state.enabled}
        yield Row(SERVICES, f"{host} {program.name}", {"state": state.words}, data, mood, quiet=True)
        if not state.runs:
            code = "unit-starting" if state.active == "activating" else "unit-down"
            what = f"{program.down}: {program.unit} is {state.words}"
            yield Finding(host, code, what, state.to_start(host, program.unit))


def _containers(host: str, programs: Sequence[Program], said: str) -> Iterator[Row | Finding]:
    about, _, listed = said.partition("\n\n") if "\n\n" in said else (said, "", "")
    now, *rest = about.splitlines()
    details = {service: more for service, *more in (line.split() for line in rest)}
    there = sort(parse(line for line in listed.splitlines() if line), {program.service for program in programs})
    for program in programs:
        container = there.own.get(program.service)
        state = ContainerState(container.state, container.health) if container else ABSENT
        started, restarts, image = details.get(program.service, ("", "0", ""))
        mood: Mood = "good" if state.healthy else "bad"
        cells = {"host": host, "state": state.words, "image": image}
        cells["for"] = span(int(now) - moment(started)) if started else ""
        cells["restarts"] = restarts if restarts != "0" else ""
        data = {"host": host, "state": state.state, "health": state.health, "started": started, "image": image}
        yield Row(CONTAINERS, program.name, cells, {**data, "restarts": int(restarts)}, mood)
        if not state.healthy:
            what = f"{program.down}: the container {program.service} is {state.words}"
            yield Finding(host, f"{program.service}-down", what, state.to_start(host, program.service))
