"""The script that starts, stops or restarts programs of a host, and what it prints. Pure."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from envivo.core.paths import COMPOSE_FILE, COMPOSE_PROJECT, STACK_LOCK
from envivo.orchestration.control.order import Verb
from envivo.render import render
from envivo.state import stopped
from envivo.state.containers import own
from envivo.state.program import Program

WITHIN_S = 45
"""Until what was started does its work: an agent waits for its camera and server, a container for its health check."""
ACTS_WITHIN_S = 120
"""Longer than systemd and Docker take to end a program that does not want to, one after the other."""
_LOCKED_WITHIN_S = 60

Word = Literal["done", "already", "left", "failed", "silent"]
"""As asked; as asked before; stopped, and not restarted; not as asked; it runs, and does not do its work."""


class Outcome(NamedTuple):
    """Of one program."""

    program: Program
    word: Word
    text: str = ""
    """Why."""


@dataclass(frozen=True)
class Question:
    """Commands that succeed where something is true of a program; all of them can be repeated."""

    number: int
    """Of the program, in an answer."""
    file: str
    """Is there where the program was stopped on purpose."""
    runs: str
    lives: str


@dataclass(frozen=True)
class _Part(Question):
    why_not: str
    mark: str
    act: str
    """For a container; units are acted on together."""


def questions(programs: Sequence[Program]) -> list[Question]:
    """In the order of the programs."""
    return [Question(number, *_asked(program)) for number, program in enumerate(programs)]


def _asked(program: Program) -> tuple[str, str, str]:
    file = shlex.quote(stopped.file(program.key))
    if program.unit:
        return file, f"systemctl is-active -q {shlex.quote(program.unit)}", program.lives or "true"
    mine = own(COMPOSE_PROJECT, program.service)
    return (
        file,
        f"docker ps -q {mine} | grep -q .",
        f"docker ps -q {mine} --filter health=healthy | grep -q .",
    )


def script(verb: Verb, programs: Sequence[Program], by: str, beside: str) -> str:
    """`by`: who asks for it; `beside`: beginning of envivo.operations.lease."""
    units = [program.unit for program in programs if program.unit]
    names = ", ".join(program.name for program in programs)
    return render(
        "operations/control.sh.j2",
        verb=verb.value,
        beside=beside,
        note=shlex.quote(f"{by}: {verb} {names}"),
        parts=[_part(number, verb, program, by) for number, program in enumerate(programs)],
        units=shlex.join(units),
        lock=STACK_LOCK,
        lock_directory=STACK_LOCK.rpartition("/")[0],
        locked_s=_LOCKED_WITHIN_S,
        within_s=WITHIN_S,
    )


def _part(number: int, verb: Verb, program: Program, by: str) -> _Part:
    file, runs, lives = _asked(program)
    marks = {Verb.STOP: stopped.write(program.key, program.name, by), Verb.START: f"rm -f {file}", Verb.RESTART: ":"}
    act = "" if program.unit else _act(verb, program.service, file)
    return _Part(number, file, runs, lives, program.why_not or "true", marks[verb], act)


def _act(verb: Verb, service: str, file: str) -> str:
    mine = own(COMPOSE_PROJECT, service)
    # a definition that a deploy has brought meanwhile takes effect
    up = f"docker compose -f {COMPOSE_FILE} up -d --no-deps --quiet-pull {service} 2>&1"
    if verb is Verb.START:
        return up
    if verb is Verb.STOP:
        return f"docker ps -q {mine} | xargs -r docker stop -t 10 2>&1 >/dev/null"
    again = 'docker unpause "$there" >/dev/null 2>&1; docker restart -t 10 "$there" 2>&1 >/dev/null'
    there = f"there=$(docker ps -aq {mine} | head -n 1)"
    return f'[ -e {file} ] || {{ {there}; if [ "$there" ]; then {again}; else {up}; fi; }}'


def parse(programs: Sequence[Program], lines: Sequence[str]) -> list[Outcome]:
    """Of the programs, in their order; one of which nothing was printed has failed."""
    said = {number: rest for number, _, rest in (line.partition(" ") for line in lines)}
    return [_outcome(program, said.get(str(number), "")) for number, program in enumerate(programs)]


def _outcome(program: Program, said: str) -> Outcome:
    word, _, text = said.partition(" ")
    known: Sequence[Word] = get_args(Word)
    return Outcome(program, next((found for found in known if found == word), "failed"), text.strip())
