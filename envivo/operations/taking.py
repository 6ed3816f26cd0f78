"""Taking a host: asks until the host is free, held by this command, or refused. The lock itself: lease.py."""

import time
from collections.abc import Callable, Sequence

from envivo.operations import lease
from envivo.operations.lock_messages import never_ended, not_taken, refused, taking_over, waiting

WAIT_AT_MOST_S = 300
"""For a process of an interrupted command that still runs on the host."""
WAIT_BRIEFLY_S = 10
"""The same, where a person waits for a single action."""
SAY_EVERY_S = 10
"""While a host makes a person wait."""
_ASK_EVERY_S = 0.5


def take(
    script: Callable[[str], str],
    ask: Callable[[str], Sequence[str]],
    say: Callable[[str], None],
    sleep: Callable[[float], None],
    replaced: str = "",
    briefly: bool = False,
) -> list[str] | None:
    """What the script prints after `taken`; None where the host cannot be locked, which preflight explains. Raises
    Refused.

    `script`: as lease.take or lease.beside, from the owner's line that it may replace; `replaced`: the first such line.
    `ask`: runs a script on the host and returns the lines of its output. `briefly`: not for long, and not for an owner
    that may have ended.
    """
    began = said_at = time.monotonic()
    at_most_s = WAIT_BRIEFLY_S if briefly else WAIT_AT_MOST_S
    said = ""
    while True:
        output = ask(script(replaced))
        try:
            seen = lease.parse(output)
        except ValueError as error:
            raise not_taken(f"unexpected answer ({error})") from None
        if isinstance(seen, str):
            return list(output[1:]) if seen == "taken" else None
        verdict = lease.judge(seen)
        if verdict == "running" or (briefly and verdict == "silent"):
            raise refused(seen)
        waited = time.monotonic() - began
        if waited > at_most_s:
            raise never_ended(seen, at_most_s)
        if verdict == "gone" and replaced != seen.line:
            say(taking_over(seen))
            replaced = seen.line
            continue
        words = waiting(seen, verdict)
        if verdict != "free" and (words != said or time.monotonic() - said_at > SAY_EVERY_S):
            say(words if words != said else f"{words}, {waited:.0f} s")
            said, said_at = words, time.monotonic()
        sleep(_ASK_EVERY_S)
