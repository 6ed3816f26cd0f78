"""The overview of an environment: each host answers the questions of all its roles in one command, hosts at once."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from envivo.core.errors import EnvivoError
from envivo.orchestration.named import programs_of
from envivo.orchestration.target import Place
from envivo.state import deployed
from envivo.status import programs
from envivo.status.purpose import held, left
from envivo.status.questions import answers, together
from envivo.status.rows import HOSTS, Notice, Question, Row
from envivo.verify.findings import Finding

_WITHIN_S = 15


@dataclass(frozen=True)
class Overview:
    rows: Sequence[Row]
    findings: Sequence[Finding]
    """In the order of hosts in the inventory."""
    notices: Sequence[Notice] = ()
    """What was done on purpose: not findings."""


def overview(places: Sequence[Place]) -> Overview:
    with ThreadPoolExecutor(len(places)) as pool:
        said = [item for items in pool.map(of_host, places) for item in items]
    return arranged(said)


def arranged(said: Iterable[Row | Finding | Notice]) -> Overview:
    listed = list(said)
    findings = [item for item in listed if isinstance(item, Finding)]
    notices = [item for item in listed if isinstance(item, Notice)]
    rows = [item for item in listed if isinstance(item, Row)]
    return Overview(held(rows, notices), left(findings, notices), notices)


def of_host(place: Place) -> list[Row | Finding | Notice]:
    asked = list(questions(place))
    mark = f"envivo-{secrets.token_hex(8)}"
    try:
        commands = [deployed.QUESTION, *(question.command for _, question in asked)]
        done = place.shell.run(together(commands, mark), _WITHIN_S)
    except EnvivoError as error:
        return [_down(place), Finding(place.name, "host-unreachable", error.what, error.fix)]
    whether, *said = answers(done.out, mark, len(commands))
    if not any(said):
        what = f"does not answer within {_WITHIN_S} s" if done.code == 124 else f"does not answer ({done.err.strip()})"
        return [_down(place), Finding(place.name, "host-silent", what, "envivo verify ENV says why")]
    items = [
        item for (name, question), text in zip(asked, said, strict=True) for item in _read(place, name, question, text)
    ]
    gone = _absent(whether)
    return _not_deployed(place, gone, items) if gone else items


def _absent(said: str) -> deployed.Absent | None:
    try:
        return deployed.absent(said)
    except ValueError:
        return None


def _not_deployed(
    place: Place, gone: deployed.Absent, items: Iterable[Row | Finding | Notice]
) -> list[Row | Finding | Notice]:
    """Of what the host says only how it is itself."""
    programs = [program for program in programs_of(place) if program.stoppable]
    without = ", and ".join(program.down for program in programs)
    what = f"{gone.words}{f', so {without}' if without else ''}"
    silences = tuple(code for program in programs for code in program.silences)
    shown = [item for item in items if isinstance(item, Row) and item.section == HOSTS]
    said = Row(HOSTS, place.name, {"last change": "not deployed"}, {"deployed": False}, "bad")
    return [*shown, said, Finding(place.name, deployed.CODE, what, deployed.FIX, silences=silences)]


def questions(place: Place) -> Iterator[tuple[str, Question]]:
    """With what each is about. First the programs, whose findings say most."""
    yield from (("its programs", question) for question in programs.questions(place.name, programs_of(place)))
    for role, part in place.roles:
        yield from ((f"the role {role.name}", question) for question in role.overview(part, place.context))


def _read(place: Place, name: str, question: Question, text: str) -> list[Row | Finding | Notice]:
    try:
        return list(question.read(text))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        what = f"its report about {name} cannot be read ({type(error).__name__}: {error})"
        return [Finding(place.name, "not-read", what, "envivo verify ENV says why")]


def _down(place: Place) -> Row:
    return Row(HOSTS, place.name, {"load": "does not answer"}, {"answers": False}, "bad")
