"""Hosts to measure on: new, reached over SSH, gone afterwards."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from envivo.core.paths import PROJECT as ROOT
from envivo.lab import inventory, life, topology
from envivo.lab.engine import docker

TOPOLOGY = topology.named("bench")
DEPLOYED, SCRIPTED = (host.name for host in TOPOLOGY.hosts)
"""The inventory names the first alone, so that a deploy leaves the second to others."""

ENVIRON = {**os.environ, "ENVIVO_TOPOLOGY": TOPOLOGY.name}
PYINFRA = str(ROOT / ".venv/bin/pyinfra")
DEPLOY = [PYINFRA, "inventories/lab.py", "deploy.py", "-y"]
"""The command of the main job; to be started in ROOT with ENVIRON."""


@contextmanager
def new_hosts(keep: bool, ready: bool = False, chosen: topology.Topology = TOPOLOGY) -> Iterator[Mapping[str, str]]:
    """Bare hosts, or `ready` with the packages of all roles: name -> address.

    Removed at the end, whatever it is, unless they are to be kept.
    """
    # a terminated program would end here without its `finally`
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    life.down(chosen)
    try:
        net = life.up(chosen, with_packages=ready)
        yield {host.name: host.address(net) for host in chosen.hosts}
    finally:
        if not keep:
            life.down(chosen)


def silence(name: str) -> None:
    """Ends all that runs on the host at once: what it encodes would slow down whoever is measured next."""
    docker("kill", name)


@contextmanager
def ssh_config(addresses: Mapping[str, str]) -> Iterator[Path]:
    """A file for `ssh -F` that says what the inventory says, in a directory of its own."""
    with TemporaryDirectory(prefix="envivo-bench-") as directory:
        file = Path(directory, "ssh_config")
        file.write_text("\n".join(_stanza(name, address) for name, address in addresses.items()))
        yield file


def _stanza(name: str, address: str) -> str:
    data = inventory.connection(address)
    return (
        f"Host {name}\n  HostName {address}\n  User {data['ssh_user']}\n  IdentityFile {data['ssh_key']}\n"
        f"  IdentitiesOnly yes\n  UserKnownHostsFile {data['ssh_known_hosts_file']}\n"
        f"  StrictHostKeyChecking {data['ssh_strict_host_key_checking']}\n  BatchMode yes\n  LogLevel ERROR\n"
    )
