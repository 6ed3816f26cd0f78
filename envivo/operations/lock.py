"""One deploy at a time for each host."""

from collections.abc import Generator
from functools import partial
from typing import Any

import gevent
from pyinfra import host, state
from pyinfra.api import Host, StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations import lease
from envivo.operations.connection import Connection, as_asked, connection_of
from envivo.operations.fail_host import fail_host
from envivo.operations.lock_messages import Refused, not_taken
from envivo.operations.releases import look
from envivo.operations.taking import take

TAKE_WITHIN_S = 60
_ANSWER_WITHIN_S = 20


@operation()
def lock() -> Generator[StringCommand, None, None]:
    """No other command changes the host until this one has ended, or did not renew the lock for a minute.

    The lock is taken when operations are executed, never by a plan. Fails a host that another command holds.
    """
    if not state.is_executing:
        return
    connection = connection_of(host)
    if not connection.lease and (refusal := _take(host, connection, as_asked(host))):
        yield fail_host(refusal)
    host.noop("this deploy holds the lock of the host")


def _take(host: Host, connection: Connection, how: dict[str, Any]) -> Problem | None:
    """Why the host could not be taken; None where this deploy holds it now."""
    mine = lease.ours()

    def ask(script: str) -> list[str]:
        with connection.named():
            answer = connection.plain(script, TAKE_WITHIN_S, how)
        if answer is None and connection.refusal:
            raise Refused(connection.refusal.what, connection.refusal.fix)
        if answer is None and connection.lost:
            raise not_taken("the connection was lost")
        return answer or []

    try:
        taken = take(partial(lease.take, mine), ask, host.log, gevent.sleep, mine.text)
    except Refused as refusal:
        return Problem("", refusal.what, refusal.fix)
    if taken is not None:
        _keep(connection, mine, how)
        look(host, connection)
    return None


def _keep(connection: Connection, mine: lease.Lease, how: dict[str, Any]) -> None:
    """Renews the lock until the deploy ends, then releases it."""
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
