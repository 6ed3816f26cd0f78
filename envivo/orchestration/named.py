"""Programs of an environment by the name that a person gives: of a host, a camera or a program."""

from collections.abc import Mapping, Sequence

from envivo.core.names import unknown
from envivo.orchestration.target import Place
from envivo.state.program import Program


def programs_of(place: Place) -> list[Program]:
    return [program for role, part in place.roles for program in role.programs(part, place.context)]


def named(places: Sequence[Place], name: str = "") -> dict[str, list[Program]]:
    """Of each host; with `name` those of that host, or programs of that name, service or unit, and no host
    without. Raises EnvivoError (exit code 2)."""
    known = {place.name: programs_of(place) for place in places}
    chosen = {host: _of_host(host, programs, name) for host, programs in known.items()}
    if not any(chosen.values()):
        raise unknown(name, "is not a host or program here", [*known, *_names(known)])
    return {host: programs for host, programs in chosen.items() if programs}


def spelt(places: Sequence[Place], name: str) -> str:
    """The name as it is known, where a person gives it in other letters: `MediaMTX`. As it is given where that leaves
    several."""
    words = [word for place in places for program in programs_of(place) for word in _of(program)]
    found = {word for word in (*words, *(place.name for place in places)) if word.casefold() == name.casefold()}
    return found.pop() if len(found) == 1 else name


def _of(program: Program) -> list[str]:
    called = (program.name, program.service, program.unit, program.unit.removesuffix(".service"))
    return [name for name in called if name]


def _of_host(host: str, programs: list[Program], name: str) -> list[Program]:
    if name in ("", host):
        return programs
    return [program for program in programs if name in _of(program)]


def _names(known: Mapping[str, Sequence[Program]]) -> list[str]:
    return [program.name for programs in known.values() for program in programs]
