"""One deploy at a time for each host."""

import time
from collections.abc import Generator
from typing import Any

import gevent
from pyinfra import host, state
from pyinfra.api import Host, StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations import lease
from envivo.operations.connection import SAY_EVERY_S, Connection, as_asked, connection_of
from envivo.operations.fail_host import fail_host

WAIT_AT_MOST_S = 300
"""For a command of an interrupted deploy that still runs on the host."""
TAKE_WITHIN_S = 60
_ANSWER_WITHIN_S = 20
_ASK_EVERY_S = 0.5


@operation()
def lock() -> Generator[StringCommand, None, None]:
    """No other deploy changes the host until this one has ended, or gave no sign of life for a minute.

    The lock is taken when operations are executed, never by a plan. Fails a host that another deploy holds.
    """
    if not state.is_executing:
        return
    connection = connection_of(host)
    if not connection.lease and (said := _take(host, connection, as_asked(host))):
        yield fail_host(Problem("", said))
    host.noop("this deploy holds the host")


def _take(host: Host, connection: Connection, how: dict[str, Any]) -> str:
    """Why the host could not be taken; empty where this deploy holds it now."""
    mine = lease.ours()
    began = said_at = time.monotonic()
    said = replaced = ""
    while True:
        try:
            with connection.named():
                seen = lease.parse(connection.plain(lease.take(mine, replaced), TAKE_WITHIN_S, how) or [])
        except ValueError as error:
            if connection.refusal:
                return connection.refusal
            lost = "the connection was lost" if connection.lost else f"unexpected answer ({error})"
            return f"taking the host for this deploy: {lost}: see whether the host is up, then deploy again"
        if seen == "unfit":
            return ""
        if seen == "taken":
            _keep(connection, mine, how)
            return ""
        verdict = lease.judge(seen)
        if verdict == "running":
            return lease.refused(seen)
        waited = time.monotonic() - began
        if waited > WAIT_AT_MOST_S:
            return lease.never_ended(seen, WAIT_AT_MOST_S)
        if verdict == "gone" and replaced != seen.line:
            host.log(lease.taking_over(seen))
            replaced = seen.line
            continue
        words = lease.waiting(seen)
        if verdict != "free" and (words != said or time.monotonic() - said_at > SAY_EVERY_S):
            host.log(words if words != said else f"{words}, {waited:.0f} s")
            said, said_at = words, time.monotonic()
        gevent.sleep(_ASK_EVERY_S)


def _keep(connection: Connection, mine: lease.Lease, how: dict[str, Any]) -> None:
    """Gives signs of life until the deploy ends, then frees the host."""
    connection.lease, connection.how, connection.by_sudo = mine, how, bool(how.get("_sudo"))

    def live() -> None:
        while connection.plain(lease.renew(mine), _ANSWER_WITHIN_S, how) != ["lost"]:
            gevent.sleep(lease.RENEW_EVERY_S)

    living = gevent.spawn_later(lease.RENEW_EVERY_S, live)

    def end() -> None:
        living.kill(block=False)
        connection.lease = None
        if not connection.lost:
            connection.plain(lease.release(mine), _ANSWER_WITHIN_S, how)

    connection.at_end.append(end)
