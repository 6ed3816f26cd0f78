"""What the lock of a host says: to a command that is refused, that waits, that takes over, or that lost the host."""

from typing import TYPE_CHECKING

from envivo.core.paths import LOCK

if TYPE_CHECKING:  # whose scripts say LOST
    from envivo.operations.lease import SeenLock, Verdict

LOST = (
    "another envivo command took over the lock of this host, because this one did not respond for a minute: "
    "run the command again"
)


class Refused(Exception):  # noqa: N818 - what it says, not that it is an error
    """Why the host cannot be taken, and what to do."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix


def refused(seen: "SeenLock") -> Refused:
    """The error for the second command."""
    lease = seen.lease
    whose = (
        f"another envivo command by {lease} has held the lock of this host since {lease.since}"
        if lease
        else "another envivo command holds the lock of this host"
    )
    return Refused(whose, "wait until it ends")


def not_taken(why: str) -> Refused:
    return Refused(f"the host could not be locked: {why}", "see whether the host is up, then run the command again")


def never_ended(seen: "SeenLock", waited_s: int) -> Refused:
    if not seen.at_work:
        what = f"the host could not be locked within {waited_s} s"
        return Refused(what, f"see {LOCK} on the host, then run the command again")
    pid = seen.at_work.rpartition(" ")[2].rstrip(")")
    return Refused(
        f"a process of another envivo command still runs after {waited_s} s, {seen.at_work}",
        f"see ps -fp {pid} on the host, end it, and run the command again",
    )


def taking_over(seen: "SeenLock") -> str:
    lease = seen.lease
    whose = f"the envivo command by {lease} since {lease.since}" if lease else "another envivo command"
    why = "its process has ended" if seen.ended else f"no response for {seen.silent_s:.0f} s"
    return f"taking over the lock of the host from {whose}: {why}"


def waiting(seen: "SeenLock", verdict: "Verdict") -> str:
    lease = seen.lease
    if seen.at_work and verdict in ("at work", "gone"):
        return f"waiting for a process of another envivo command: {seen.at_work}"
    whose = f"the envivo command by {lease}" if lease else "another envivo command"
    return f"waiting to see whether {whose} still runs: it does not respond"
