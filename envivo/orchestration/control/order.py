"""Which programs a command acts on, and in which order. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from envivo.core.errors import EnvivoError
from envivo.core.names import unknown
from envivo.orchestration.named import named, programs_of
from envivo.orchestration.roles import roles
from envivo.orchestration.target import Place
from envivo.state.program import Program

Stage = Mapping[str, Sequence[Program]]
"""By host: what is done at once."""


class Verb(StrEnum):
    START = "start"
    STOP = "stop"
    RESTART = "restart"

    @property
    def done(self) -> str:
        return {"start": "started", "stop": "stopped", "restart": "restarted"}[self.value]


def stages(places: Sequence[Place], verb: Verb, name: str = "") -> list[Stage]:
    """Clients are stopped before their servers, and started after them. Raises EnvivoError (exit code 2).

    Without a name, or with that of a host: only what may be stopped. The other programs guard, limit and renew.
    """
    chosen = {host: _fitting(programs, verb, name, host) for host, programs in named(places, name).items()}
    if not any(chosen.values()):
        raise _none(places, verb, name)
    # roles are in the order of their checks: clients before what shows their pictures
    servers_first = [role.name for role in reversed(roles())]
    found = [{host: programs for host, programs in stage.items() if programs} for stage in (
        {place.name: _of_role(place, role, chosen.get(place.name, ())) for place in places} for role in servers_first
    )]  # fmt: skip
    ordered: list[Stage] = [stage for stage in found if stage]
    if verb is not Verb.STOP:
        return ordered
    return [{host: programs[::-1] for host, programs in stage.items()} for stage in reversed(ordered)]


def _fitting(programs: Sequence[Program], verb: Verb, name: str, host: str) -> list[Program]:
    all_of_them = name in ("", host)
    return [program for program in programs if program.stoppable or (verb is not Verb.STOP and not all_of_them)]


def _none(places: Sequence[Place], verb: Verb, name: str) -> EnvivoError:
    if name in ("", *(place.name for place in places)):
        return EnvivoError(name, f"no program there can be {verb.done}", "see envivo status ENV", exit_code=2)
    names = [program.name for place in places for program in programs_of(place) if program.stoppable]
    return unknown(name, "is needed by other programs, so it cannot be stopped", names)


def _of_role(place: Place, name: str, chosen: Sequence[Program]) -> list[Program]:
    own = [program for role, part in place.roles if role.name == name for program in role.programs(part, place.context)]
    return [program for program in own if program in chosen]
