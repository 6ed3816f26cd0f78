"""The programs of a host: whether units are active and containers healthy."""

import shlex
from collections.abc import Iterable, Iterator, Sequence

from envivo.core.moments import moment
from envivo.core.paths import COMPOSE_PROJECT
from envivo.operations.reasons import container_of
from envivo.probes.containers import ABSENT, ContainerState, restart
from envivo.probes.units import PROPERTIES, state_of
from envivo.state import stopped
from envivo.state.containers import COMPOSE, inspection, own, parse, sort
from envivo.state.program import Program
from envivo.state.stopped import Stopped
from envivo.state.systemd import blocks
from envivo.status.rows import CONTAINERS, SERVICES, Mood, Notice, Question, Row, span
from envivo.verify.findings import Finding

_SERVICE = f'{{{{index .Config.Labels "{COMPOSE}.service"}}}}'
_DETAILS = f"{_SERVICE} {{{{.State.StartedAt}}}} {{{{.RestartCount}}}} {{{{.Config.Image}}}}"
"""Of a container, for `docker inspect`."""
_MARK = "stopped: "
_ASK_STOPPED = stopped.question(_MARK)


def questions(host: str, programs: Sequence[Program]) -> Iterator[Question]:
    units = [program for program in programs if program.unit]
    services = [program for program in programs if program.service]
    if units:
        names = " ".join(shlex.quote(program.unit) for program in units)
        ask = f"{_ASK_STOPPED}; systemctl show -p {PROPERTIES} {names}"
        yield Question(ask, lambda said: _units(host, units, said.splitlines()))
    if services:
        details = f"docker ps -q {own(COMPOSE_PROJECT)} | xargs -r docker inspect -f {shlex.quote(_DETAILS)}"
        ask = f"{_ASK_STOPPED}; date +%s; {details}; echo; {inspection(COMPOSE_PROJECT)}"
        yield Question(ask, lambda said: _containers(host, services, said.splitlines()))


def _without_stopped(lines: Iterable[str]) -> tuple[dict[str, Stopped], list[str]]:
    listed = list(lines)
    found = stopped.parse(line.removeprefix(_MARK) for line in listed if line.startswith(_MARK))
    return found, [line for line in listed if not line.startswith(_MARK)]


def _stopped(host: str, program: Program, by: Stopped, runs: bool) -> Notice:
    what = f"runs, although it was {by.words}" if runs else f"is {by.words}, so {program.down}"
    silences = () if runs else program.silences
    return Notice(host, f"{program.name} {what}", by._replace(program=program.name).to_start, program.name, silences)


def _units(host: str, programs: Sequence[Program], said: Iterable[str]) -> Iterator[Row | Finding | Notice]:
    by, lines = _without_stopped(said)
    for program, shown in zip(programs, blocks(lines), strict=True):
        state, stopper = state_of(shown), by.get(program.key)
        mood: Mood = "held" if stopper else "good" if state.runs else "bad"
        data: dict[str, object] = {"host": host, "unit": program.unit, "state": state.active, "enabled": state.enabled}
        words = stopper.words if stopper else state.words
        yield Row(SERVICES, f"{host} {program.name}", {"state": words}, {**data, **_who(stopper)}, mood, quiet=True)
        if stopper:
            yield _stopped(host, program, stopper, state.runs)
        elif not state.runs:
            code = "unit-starting" if state.active == "activating" else "unit-down"
            what = f"{program.down}: {program.unit} is {state.words}"
            yield Finding(host, code, what, state.to_start(program.name))


def _who(stopper: Stopped | None) -> dict[str, object]:
    return {"stopped": {"by": stopper.by, "since": stopper.since}} if stopper else {}


def _containers(host: str, programs: Sequence[Program], lines: Iterable[str]) -> Iterator[Row | Finding | Notice]:
    by, rest_of = _without_stopped(lines)
    said = "\n".join(rest_of)
    about, _, listed = said.partition("\n\n") if "\n\n" in said else (said, "", "")
    now, *rest = about.splitlines()
    details = {service: more for service, *more in (line.split() for line in rest)}
    there = sort(parse(line for line in listed.splitlines() if line), {program.service for program in programs})
    for program in programs:
        container = there.own.get(program.service)
        state = ContainerState(container.state, container.health) if container else ABSENT
        started, restarts, image = details.get(program.service, ("", "0", ""))
        stopper = by.get(program.key)
        mood: Mood = "held" if stopper else "good" if state.healthy else "bad"
        cells = {"host": host, "state": stopper.words if stopper else state.words, "image": image}
        cells["for"] = span(int(now) - moment(started)) if started and not stopper else ""
        cells["restarts"] = restarts if restarts != "0" else ""
        data = {"host": host, "state": state.state, "health": state.health, "started": started, "image": image}
        yield Row(CONTAINERS, program.name, cells, {**data, "restarts": int(restarts), **_who(stopper)}, mood)
        if stopper:
            yield _stopped(host, program, stopper, state.state == "running")
        elif not state.healthy:
            what = f"{program.down}: {container_of(program.name)} is {state.words}"
            yield Finding(host, f"{program.name}-down", what, restart(program.name))
