"""Taking a host: asks until the host is free, held by this command, or refused. The lock itself: lease.py."""

import time
from collections.abc import Callable, Sequence

from envivo.operations import lease
from envivo.operations.lease import Lease

WAIT_AT_MOST_S = 300
"""For a command of an interrupted deploy that still runs on the host."""
SAY_EVERY_S = 10
"""While a host makes a person wait."""
_ASK_EVERY_S = 0.5


class Refused(Exception):  # noqa: N818 - what it says, not that it is an error
    """Why the host cannot be taken, in words."""


def not_taken(why: str) -> str:
    return f"taking the host for this deploy: {why}: see whether the host is up, then deploy again"


def take(
    mine: Lease, ask: Callable[[str], Sequence[str]], say: Callable[[str], None], sleep: Callable[[float], None]
) -> bool:
    """Whether the host is held now; false where it cannot be locked, which preflight explains. Raises Refused.

    `ask`: runs a script on the host and returns the lines of its output.
    """
    began = said_at = time.monotonic()
    said, replaced = "", mine.text  # where this command holds it already
    while True:
        try:
            seen = lease.parse(ask(lease.take(mine, replaced)))
        except ValueError as error:
            raise Refused(not_taken(f"unexpected answer ({error})")) from None
        if isinstance(seen, str):
            return seen == "taken"
        verdict = lease.judge(seen)
        if verdict == "running":
            raise Refused(lease.refused(seen))
        waited = time.monotonic() - began
        if waited > WAIT_AT_MOST_S:
            raise Refused(lease.never_ended(seen, WAIT_AT_MOST_S))
        if verdict == "gone" and replaced != seen.line:
            say(lease.taking_over(seen))
            replaced = seen.line
            continue
        words = lease.waiting(seen)
        if verdict != "free" and (words != said or time.monotonic() - said_at > SAY_EVERY_S):
            say(words if words != said else f"{words}, {waited:.0f} s")
            said, said_at = words, time.monotonic()
        sleep(_ASK_EVERY_S)
