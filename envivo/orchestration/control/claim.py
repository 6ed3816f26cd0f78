"""A script on a host beside deploys: it does not begin while one holds the host, and none begins while it runs."""

import time
from collections.abc import Callable

from envivo.core.errors import EnvivoError
from envivo.operations import lease
from envivo.remote import RemoteShell

_TRIES = 20
_PAUSE_S = 0.5


def run_beside(host: str, shell: RemoteShell, script: Callable[[str], str], within_s: int) -> list[str]:
    """Output lines of the script, which begins with what it is given: envivo.operations.lease.beside. Raises
    EnvivoError."""
    replaced = ""
    for _ in range(_TRIES):
        done = shell.run(script(lease.beside(replaced)), within_s)
        lines = done.out.splitlines()
        if lines[:1] == ["taken"]:
            if done.code == 124:
                raise EnvivoError(host, f"did not get through within {within_s} s", "see what hangs there: ps faux")
            return lines[1:]
        try:
            seen = lease.parse(lines)
        except ValueError:
            raise EnvivoError(host, f"gives an unexpected answer ({_last(done.err)})", "envivo verify ENV") from None
        if not isinstance(seen, lease.SeenLock):
            raise EnvivoError(host, "commands do not run as root there", "envivo verify ENV")
        verdict = lease.judge(seen)
        if verdict == "gone" and replaced != seen.line:
            replaced = seen.line
        elif verdict in ("running", "silent"):
            what, _, fix = lease.refused(seen).rpartition(": ")
            raise EnvivoError(host, what, f"{fix}, then try again")
        else:
            time.sleep(_PAUSE_S)
    raise EnvivoError(host, "a deploy begins there again and again", "try again once it is done")


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["nothing"])[-1]
