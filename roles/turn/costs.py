"""Whom a change of coturn interrupts (docs/reference/interruptions.md)."""

from collections.abc import Iterator

from envivo.config.interrupts import Interrupts
from envivo.operations.reasons import LOST, OLDER
from envivo.plan.costs import Cost, differences
from envivo.plan.planning import Plan
from envivo.roles.turn import desired
from envivo.roles.turn.settings import UNIT

_FILES = (desired.CONFIGURATION, desired.EGRESS, desired.DROP_IN_FILE)
"""coturn is restarted if one of them is written."""


def costs(plan: Plan) -> Iterator[Cost]:
    for difference in differences(plan):
        subject, what = difference.subject, difference.what
        written = subject in _FILES and not (what == "is missing" or difference.of_access)
        if written or (subject == UNIT and what in (LOST, OLDER)) or subject == desired.REMOVABLE.name:
            yield Cost(Interrupts.RELAYED, subject)
