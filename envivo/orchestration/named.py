"""Programs of an environment by the name that a person gives: of a host, a camera or a program."""

from collections.abc import Iterable, Mapping, Sequence

from envivo.config.models import nearest
from envivo.core.errors import EnvivoError
from envivo.orchestration.target import Place
from envivo.state.program import Program


def programs_of(place: Place) -> list[Program]:
    return [program for role, part in place.roles for program in role.programs(part, place.context)]


def named(places: Sequence[Place], name: str = "") -> dict[str, list[Program]]:
    """Of each host; with `name` those of that host, or programs of that name or service, and no host without. Raises
    EnvivoError (exit code 2)."""
    known = {place.name: programs_of(place) for place in places}
    chosen = {host: _of_host(host, programs, name) for host, programs in known.items()}
    if not any(chosen.values()):
        raise unknown(name, "is not a host or program here", [*known, *_names(known)])
    return {host: programs for host, programs in chosen.items() if programs}


def _of_host(host: str, programs: list[Program], name: str) -> list[Program]:
    if name in ("", host):
        return programs
    return [program for program in programs if name in (program.name, program.service)]


def unknown(name: str, what: str, names: Iterable[str]) -> EnvivoError:
    """The error for a name that is none of these."""
    listed = list(dict.fromkeys(names))
    near = nearest(name, listed)
    meant = f"did you mean {near}? Or " if near else ""
    return EnvivoError(name, what, f"{meant}name one of {', '.join(listed)}", exit_code=2)


def _names(known: Mapping[str, Sequence[Program]]) -> list[str]:
    return [program.name for programs in known.values() for program in programs]
