"""The deploy lock of several hosts, held by a command for as long as its context lasts."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from envivo.core.errors import EnvivoError
from envivo.operations import lease
from envivo.operations.lease import Lease
from envivo.operations.taking import Refused, take
from envivo.remote import RemoteShell
from envivo.verify.findings import Finding

_WITHIN_S = 60
Say = Callable[[str], None]


@contextmanager
def held(shells: Mapping[str, RemoteShell], mine: Lease, say: Say) -> Iterator[list[Finding]]:
    """Hosts that could not be taken. The others are held and renewed until the end."""
    with ThreadPoolExecutor(max(1, len(shells))) as pool:
        answers = list(pool.map(lambda item: _take(item[0], item[1], mine, say), shells.items()))
        found = [answer for answer in answers if answer]
        taken = {name: shell for name, shell in shells.items() if name not in {finding.host for finding in found}}
        ended = threading.Event()
        renewing = [pool.submit(_renew, shell, mine, ended) for shell in taken.values()]
        try:
            yield found
        finally:
            ended.set()
            for renewal in renewing:
                renewal.result()
            for released in [pool.submit(_release, shell, mine) for shell in taken.values()]:
                released.result()


def run(shell: RemoteShell, mine: Lease, command: str, within_s: int) -> str:
    """Output of a command that changes a host which is held. Raises EnvivoError where it fails."""
    done = shell.run(f"{lease.guarded(mine)} {command}", within_s)
    if done.code == 0:
        return done.out
    said = "; ".join(line.strip() for line in done.err.splitlines() if line.strip())
    what = f"no answer within {within_s} s" if done.code == 124 else said or f"exit code {done.code}"
    raise EnvivoError(shell.link.name, what, "see journalctl -n 50 on the host")


def _take(name: str, shell: RemoteShell, mine: Lease, say: Say) -> Finding | None:
    def ask(script: str) -> list[str]:
        return shell.run(script, _WITHIN_S).out.splitlines()

    try:
        if take(mine, ask, lambda words: say(f"{name}: {words}"), time.sleep):
            return None
    except Refused as refusal:
        what, _, fix = str(refusal).rpartition(": ")
        return Finding(name, "host-held", what, fix)
    except EnvivoError as error:
        return Finding(name, "host-unreachable", error.what, error.fix)
    return Finding(name, "not-root", "cannot be locked by this user", "log in as root, or let the user use sudo")


def _renew(shell: RemoteShell, mine: Lease, ended: threading.Event) -> None:
    while not ended.wait(lease.RENEW_EVERY_S):
        _quietly(shell, lease.renew(mine))


def _release(shell: RemoteShell, mine: Lease) -> None:
    _quietly(shell, lease.release(mine))


def _quietly(shell: RemoteShell, command: str) -> None:
    with suppress(EnvivoError):  # a host that is gone is taken over by the next deploy
        shell.run(command)
