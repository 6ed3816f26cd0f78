"""The lock of hosts: a command holds several for as long as its context lasts, or a script keeps others waiting while
it runs."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial

from envivo.core.errors import EnvivoError
from envivo.operations import lease
from envivo.operations.lease import Lease
from envivo.operations.lock_messages import Refused
from envivo.operations.taking import take
from envivo.remote import RemoteShell
from envivo.verify.findings import Finding

_WITHIN_S = 60
Say = Callable[[str], None]


@contextmanager
def held(shells: Mapping[str, RemoteShell], mine: Lease, say: Say) -> Iterator[list[Finding]]:
    """Hosts that could not be taken. The others are held and renewed until the end."""
    ended, taken = threading.Event(), dict[str, RemoteShell]()

    def pause(seconds: float) -> None:
        if ended.wait(seconds):
            raise Refused("was cancelled", "run the command again")

    with ThreadPoolExecutor(2 * max(1, len(shells))) as pool:

        def hold(name: str) -> Finding | None:
            if found := _take(name, shells[name], mine, say, pause):
                return found
            taken[name] = shells[name]
            pool.submit(_renew, shells[name], mine, ended)  # at once: another host may keep this command waiting
            return None

        taking = [pool.submit(hold, name) for name in shells]
        try:
            yield [found for future in taking if (found := future.result())]
        finally:
            ended.set()
            wait(taking)
            for released in [pool.submit(_release, shell, mine) for shell in taken.values()]:
                released.result()


def run_held(shell: RemoteShell, mine: Lease, command: str, within_s: int) -> str:
    """Output of a command that changes a host which is held. Raises EnvivoError where it fails."""
    done = shell.run(f"{lease.guarded(mine)} {command}", within_s)
    if done.code == 0:
        return done.out
    said = "; ".join(line.strip() for line in done.err.splitlines() if line.strip())
    what = f"no answer within {within_s} s" if done.code == 124 else said or f"exit code {done.code}"
    raise EnvivoError(shell.link.name, what, "see journalctl -n 50 on the host")


def run_beside(host: str, shell: RemoteShell, script: Callable[[str], str], within_s: int) -> list[str]:
    """Output lines of a script that does not begin while a command holds the host, and keeps others waiting while it
    runs. It begins with what it is given: lease.beside. Raises EnvivoError."""

    def ask(beside: str) -> list[str]:
        done = shell.run(script(beside), within_s)
        lines = done.out.splitlines()
        if not lines:
            raise EnvivoError(host, f"gave an unexpected answer ({_last(done.err)})", "envivo verify ENV")
        if lines[0] == "taken" and done.code == 124:
            raise EnvivoError(host, f"did not end within {within_s} s", "check what blocks there: ps faux")
        return lines

    try:
        said = take(lease.beside, ask, lambda words: None, time.sleep, briefly=True)
    except Refused as refusal:
        raise EnvivoError(host, refusal.what, refusal.fix) from None
    if said is None:
        raise EnvivoError(host, "commands do not run as root there", "envivo verify ENV")
    return said


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["nothing"])[-1]


def _take(name: str, shell: RemoteShell, mine: Lease, say: Say, pause: Callable[[float], None]) -> Finding | None:
    def ask(script: str) -> list[str]:
        return shell.run(script, _WITHIN_S).out.splitlines()

    try:
        script = partial(lease.take, mine)
        # this command may hold it already
        if take(script, ask, lambda words: say(f"{name}: {words}"), pause, mine.text) is not None:
            return None
    except Refused as refusal:
        return Finding(name, "host-held", refusal.what, refusal.fix)
    except EnvivoError as error:
        return Finding(name, "host-unreachable", error.what, error.fix)
    return Finding(name, "not-root", "cannot be locked by this user", "log in as root, or let the user use sudo")


def _renew(shell: RemoteShell, mine: Lease, ended: threading.Event) -> None:
    while not ended.wait(lease.RENEW_EVERY_S):
        _quietly(shell, lease.renew(mine))


def _release(shell: RemoteShell, mine: Lease) -> None:
    _quietly(shell, lease.release(mine))


def _quietly(shell: RemoteShell, command: str) -> None:
    with suppress(EnvivoError):  # a host that is gone is taken over by the next command
        shell.run(command)
