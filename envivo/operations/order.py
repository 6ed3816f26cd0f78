"""The order of hosts: servers before their clients."""

from collections.abc import Generator, Sequence

from pyinfra import host, state
from pyinfra.api import StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations.refusal import refusal


def objection(servers: Sequence[str], failed: set[str]) -> Problem | None:
    """Why a client of these servers must stay as it is."""
    missing = [name for name in servers if name in failed]
    if not missing:
        return None
    names = " and ".join(missing)
    why = f"{names} failed in this run and this host could be refused by what runs there"
    return Problem("", f"nothing more is changed here, since {why}", f"fix what is said of {names}, then deploy again")


@operation()
def after(servers: Sequence[str]) -> Generator[StringCommand, None, None]:
    """Where all hosts of a run meet: what stands above it in deploy.py is done everywhere before what stands below.

    pyinfra orders operations by what each host has to do before them, so the shortest list comes first: a camera's new
    password would be in use before its server knows it. `servers`: those that this host is a client of, whose failure
    ends the run for it too.
    """
    if reason := objection(servers, {failed.name for failed in state.failed_hosts}):
        yield refusal(reason)
    else:
        host.noop("no server of this host has failed")
