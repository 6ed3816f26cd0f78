"""The order of hosts: servers before their clients."""

from collections.abc import Generator, Sequence

from pyinfra import host, state
from pyinfra.api import StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations.fail_host import fail_host


def dependency_failed(servers: Sequence[str], failed: set[str]) -> Problem | None:
    """Why a client of these servers must not be changed."""
    missing = [name for name in servers if name in failed]
    if not missing:
        return None
    names = " and ".join(missing)
    return Problem("", f"skipped because it depends on {names}, which failed")


@operation()
def after(servers: Sequence[str]) -> Generator[StringCommand, None, None]:
    """A barrier: what stands above it in deploy.py is done on all hosts before what stands below.

    pyinfra orders operations by how many a host has before them, so without a barrier a camera would use its new
    password before its server knows it. `servers`: hosts that this one is a client of; it fails if one of them failed.
    """
    if reason := dependency_failed(servers, {failed.name for failed in state.failed_hosts}):
        yield fail_host(reason)
    else:
        host.noop("no server of this host has failed")
