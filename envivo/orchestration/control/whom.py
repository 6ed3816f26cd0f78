"""Whom it interrupts to stop or restart programs, by the rules of `envivo plan`, and who of them watches now. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from envivo.config.interrupts import Interrupts
from envivo.operations.reasons import OLDER, RECREATED, Difference, container_of
from envivo.orchestration.control.order import Verb
from envivo.orchestration.roles import roles
from envivo.plan.costs import Cost, together
from envivo.plan.planning import Change, Plan
from envivo.probes.sessions import Session
from envivo.state.program import Program


def interrupted(verb: Verb, programs: Iterable[Program]) -> list[Cost]:
    """As a deploy that does the same to them."""
    return together(cost for program in programs for cost in costs(verb, program))


def costs(verb: Verb, program: Program) -> list[Cost]:
    if verb is Verb.START:
        return []
    if program.service:
        difference = Difference(container_of(program.name), RECREATED)
    else:
        difference = Difference(program.unit, OLDER, removes=verb is Verb.STOP)
    plan = Plan((Change(verb.value, (difference,), ()),))
    return [cost for role in roles() for cost in role.costs(plan)]


def watching(verb: Verb, programs: Iterable[Program], sessions: Sequence[Session]) -> list[Session]:
    """Viewers who are interrupted."""
    asked = [(program, cost.who) for program in programs for cost in costs(verb, program)]
    return [session for session in sessions if any(_has(program, who, session) for program, who in asked)]


def _has(program: Program, who: Interrupts, session: Session) -> bool:
    if who is Interrupts.EVERYBODY:
        return True
    if who is Interrupts.PAGE_AND_HLS:
        return session.protocol == "HLS"
    if who is Interrupts.RELAYED:
        return session.media.startswith("relay/")
    return session.path == program.name


def words(costs: Sequence[Cost]) -> str:
    return "; ".join(cost.words for cost in costs) or "nobody"


def number(sessions: Sequence[Session]) -> str:
    """`3 viewers are connected (2 WebRTC, 1 RTSP)`."""
    if not sessions:
        return "nobody watches"
    ways = Counter(session.protocol for session in sessions).most_common()
    count = "1 viewer is" if len(sessions) == 1 else f"{len(sessions)} viewers are"
    return f"{count} connected ({', '.join(f'{number} {way}' for way, number in ways)})"
