"""Programs that a command leaves as they are, asked of their hosts before a person is asked."""

from collections.abc import Sequence

from envivo.orchestration.control.order import Stage, Verb
from envivo.orchestration.control.script import questions
from envivo.orchestration.everywhere import everywhere
from envivo.orchestration.target import Place
from envivo.state.program import Program

_WITHIN_S = 20
_STOPPED, _RUNS, _LIVES = "stopped", "runs", "lives"


def question(programs: Sequence[Program]) -> str:
    """Script that prints the number of each program with what is true of it."""
    lines = []
    for part in questions(programs):
        asked = {_STOPPED: f"[ -e {part.file} ]", _RUNS: part.runs, _LIVES: part.lives}
        lines += [f"if {command}; then echo {part.number} {word}; fi" for word, command in asked.items()]
    return "\n".join(lines)


def left_alone(verb: Verb, programs: Sequence[Program], said: str) -> list[Program]:
    """Those that are as asked, or stopped on purpose and not to be started."""
    words = [line.partition(" ") for line in said.splitlines()]
    true = [{word for at, _, word in words if at == str(number)} for number in range(len(programs))]
    return [program for program, found in zip(programs, true, strict=True) if _is_left_alone(verb, found)]


def _is_left_alone(verb: Verb, true: set[str]) -> bool:
    if verb is Verb.START:
        return true == {_RUNS, _LIVES}
    return _STOPPED in true and (verb is Verb.RESTART or _RUNS not in true)


def unaffected(places: Sequence[Place], stages: Sequence[Stage], verb: Verb) -> set[tuple[str, str]]:
    """Hosts and keys of programs; none of a host that does not answer."""
    asked = {place.name: [program for stage in stages for program in stage.get(place.name, ())] for place in places}
    shells = {place.name: place.shell for place in places if asked[place.name]}
    answers, _ = everywhere(shells, lambda shell: shell.run(question(asked[shell.link.name]), _WITHIN_S).out)
    return {(host, program.key) for host, said in answers.items() for program in left_alone(verb, asked[host], said)}
