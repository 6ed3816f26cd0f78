"""One word for each program in whatever commands print: the one that they take. A service of the Compose project whose
name is another one (`web`) is named in commands of Docker alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from envivo.operations.stack import deviations
from envivo.orchestration.control.order import Verb
from envivo.orchestration.control.whom import costs
from envivo.orchestration.named import named, programs_of
from envivo.orchestration.verification import checks
from envivo.plan.planning import Plan
from envivo.remote import CommandResult
from envivo.roles.media import desired, from_inside
from envivo.roles.media.journal import logs
from envivo.state.containers import Sorted
from envivo.state.desired import Service
from envivo.state.program import Program
from envivo.status import programs as status
from envivo.status.rows import Row
from tests.unit.test_stopped_on_purpose import PLACES

MEDIA = PLACES[0]
OF_COMPOSE = [program for program in programs_of(MEDIA) if program.service]
OTHERS = [program for program in OF_COMPOSE if program.service != program.name]


class Nothing:
    """A host on which no container runs."""

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        return CommandResult(1 if command.startswith("head ") else 0, "", "")


def of_status() -> Iterator[str]:
    """With nothing running, and with all stopped on purpose."""
    *_, question = status.questions(MEDIA.name, OF_COMPOSE)
    held = "".join(f'stopped: {program.key} {{"program": "{program.name}", "by": "", "since": ""}}\n'
                    for program in OF_COMPOSE)  # fmt: skip
    for said in ("1\n\n", f"{held}1\n\n"):
        for item in question.read(said):
            yield _shown(item) if isinstance(item, Row) else f"{item} {getattr(item, 'code', '')}"


def _shown(row: Row) -> str:
    return " ".join((row.name, *row.cells.values(), *map(str, row.data.values())))


def of_verify() -> Iterator[str]:
    yield from (check.claim for check in checks(list(PLACES), lambda host: Plan(())))
    media = replace(MEDIA, shell=Nothing()).target(MEDIA.settings.media)  # type: ignore[arg-type]
    for service in desired.CALLED:
        for finding in (*from_inside.container(media, service), *from_inside.listening(media, service)):
            yield re.sub(r"\(web\.[a-z_]+\)", "(a setting)", f"{finding.code} {finding}")


def of_a_plan() -> Iterator[str]:
    wanted = {name: Service("r", "i", "ask", "c", called) for name, called in desired.CALLED.items()}
    yield from map(str, deviations(wanted, Sorted({}, [], [])))
    yield from (str(cost) for verb in Verb for program in OF_COMPOSE for cost in costs(verb, program))


@pytest.mark.parametrize("said", [of_status, of_verify, of_a_plan])
def test_no_output_calls_a_program_by_its_service(said: Callable[[], Iterator[str]]) -> None:
    lines = list(said())
    assert [program.name for program in OTHERS] == ["caddy"]
    for program in OTHERS:
        of_it = [line for line in lines if program.name in line]
        assert of_it, lines
        assert [line for line in lines if re.search(rf"(?<![\w/.]){program.service}(?![\w/])", line)] == []


@pytest.mark.parametrize("program", OF_COMPOSE, ids=lambda program: program.name)
def test_the_word_is_one_that_commands_take(program: Program) -> None:
    assert logs(program.name) == f"envivo logs ENV {program.name}"
    assert program in named(PLACES, program.name)[MEDIA.name]
