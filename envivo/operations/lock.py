"""One deploy at a time for each host."""

from collections.abc import Generator
from typing import Any

import gevent
from pyinfra import host, state
from pyinfra.api import Host, StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations import lease
from envivo.operations.connection import Connection, as_asked, connection_of
from envivo.operations.fail_host import fail_host
from envivo.operations.releases import look
from envivo.operations.taking import Refused, not_taken, take

TAKE_WITHIN_S = 60
_ANSWER_WITHIN_S = 20


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

    def ask(script: str) -> list[str]:
        with connection.named():
            answer = connection.plain(script, TAKE_WITHIN_S, how)
        if answer is None and connection.refusal:
            raise Refused(connection.refusal)
        if answer is None and connection.lost:
            raise Refused(not_taken("the connection was lost"))
        return answer or []

    try:
        taken = take(mine, ask, host.log, gevent.sleep)
    except Refused as refusal:
        return str(refusal)
    if taken:
        _keep(connection, mine, how)
        look(host, connection)
    return ""


def _keep(connection: Connection, mine: lease.Lease, how: dict[str, Any]) -> None:
    """Gives signs of life until the deploy ends, then frees the host."""
    connection.lease, connection.how, connection.by_sudo = mine, how, bool(how.get("_sudo"))
    for call in connection.once_held:
        call()

    def live() -> None:
        while connection.plain(lease.renew(mine), _ANSWER_WITHIN_S, how) != ["lost"]:
            gevent.sleep(lease.RENEW_EVERY_S)

    living = gevent.spawn_later(lease.RENEW_EVERY_S, live)

    def end() -> None:
        living.kill(block=False)
        connection.lease = None
        if not connection.lost and lease.given() is None:
            connection.plain(lease.release(mine), _ANSWER_WITHIN_S, how)

    connection.at_end.append(end)
