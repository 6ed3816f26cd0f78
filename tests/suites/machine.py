"""What the lab's tests need of this machine before the first of them begins, so that no test waits for a build."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from envivo.lab import engine, hosts, image, keys, life, runs
from envivo.lab.topology import named
from tests.suites.runner import BIN

_ANCHOR = "envivo-tests"
"""A container that never runs: as long as it is there, `envivo lab down` keeps the images and the Engine."""
BARE = frozenset({"pair"})
"""Topologies whose hosts are as they come from the distribution; all others have the roles' packages."""


@contextmanager
def prepared(topologies: set[str]) -> Iterator[None]:
    """Artifacts and images are there, and the Engine stays until the end."""
    with runs.going_on():
        yield from _prepared(topologies)


def _prepared(topologies: set[str]) -> Iterator[None]:
    subprocess.run([BIN / "envivo", "artifacts", "fetch"], check=True)
    for name in sorted(topologies):
        life.prepare(named(name), with_packages=name not in BARE)
    engine.ensure()  # also for suites whose tests make their own hosts
    hosts.remove({_ANCHOR} & hosts.containers().keys())
    labels = ("--label", f"{hosts.LABEL}={keys.STATE}", *runs.label())
    engine.docker("create", "--name", _ANCHOR, *labels, image.ensure("trixie"), "true")
    try:
        yield
    finally:
        hosts.remove({_ANCHOR})
        subprocess.run([BIN / "envivo", "lab", "down", "--topology", "spare"], check=False)
