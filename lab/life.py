"""The lab brought up, looked at, taken down: each does what is still to do, from whatever it finds."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from envivo.errors import EnvivoError
from lab import engine, hosts, image, keys, network
from lab.programs import need
from lab.progress import step
from lab.topology import Host, Topology


@contextmanager
def _alone() -> Iterator[None]:
    """One change of the machine's lab at a time. The lock lies beside the image: `down` removes the state."""
    image.CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = image.CACHE / "lock"
    try:
        with FileLock(file, timeout=600):
            yield
    except Timeout:
        raise EnvivoError(
            str(file), "another `envivo lab` has been at work for ten minutes", "wait for it, or end it"
        ) from None


def up(topology: Topology) -> IPv4Network:
    """Every host of the topology answers over SSH; the range of their network."""
    keys.ensure_readable()
    need("docker", "ip", "ssh", "ssh-keygen")
    with _alone():
        keys.ensure_lab_key()
        engine.ensure()
        net = network.ensure()
        keys.remember_net(net)
        present = _free_names(topology)
        missing = [host for host in topology.hosts if host.name not in present]
        if missing:
            _create(missing, net)
        _start(topology, net)
    return net


def _free_names(topology: Topology) -> set[str]:
    """The names of the topology's hosts that are there. Hosts of a checkout that is no more make way for new ones."""
    present = {name: c for name, c in hosts.containers().items() if name in topology.names}
    for name, container in present.items():
        refused = hosts.foreign(name, container)
        if refused:
            raise refused
    orphans = {name for name, container in present.items() if container.owner != str(keys.STATE)}
    hosts.remove(orphans)
    return present.keys() - orphans


def _create(missing: list[Host], net: IPv4Network) -> None:
    facts = engine.docker("info", "--format", "{{.DockerRootDir}}\t{{.CgroupVersion}}")
    data, cgroup_version = facts.strip().split("\t")
    engine.ensure_space(Path(data))
    tag = image.ensure()
    for host in missing:
        hosts.create(host, host.address(net), tag, cgroup_version)


def _start(topology: Topology, net: IPv4Network) -> None:
    present, known = hosts.containers(), keys.known()

    def start(host: Host) -> tuple[str, str]:
        address, running = host.address(net), present[host.name].running
        if address not in known:
            return address, hosts.enrol(host, running)
        if not running:
            engine.docker("start", host.name)
        return address, known[address]

    with ThreadPoolExecutor() as pool:
        states = list(pool.map(lambda host: hosts.state(host, net, present), topology.hosts))
        down = [host for host, state in zip(topology.hosts, states, strict=True) if state != "up"]
        if down:
            with step(f"{', '.join(host.name for host in down)}: start"):
                keys.remember({**known, **dict(pool.map(start, down))})
                list(pool.map(lambda host: hosts.wait_booted(host, host.address(net)), down))


def status(topology: Topology) -> dict[str, dict[str, Any]]:
    """Of each host: state, address ("" before the first `up`), groups, the key that it lets in. Changes nothing."""
    keys.ensure_readable()
    net = keys.net()
    present = hosts.containers() if net and engine.answers() else {}

    def look(host: Host) -> dict[str, Any]:
        return {
            "state": hosts.state(host, net, present) if net else "missing",
            "address": host.address(net) if net else "",
            "groups": list(host.groups),
            "ssh_key": str(keys.KEY),
        }

    with ThreadPoolExecutor() as pool:
        return dict(zip((host.name for host in topology.hosts), pool.map(look, topology.hosts), strict=True))


def down(topology: Topology | None) -> None:
    """Remove the topology's hosts, or all; with the last of them all that the lab has made on this machine."""
    keys.ensure_readable()
    if not keys.STATE.exists() and not engine.answers():
        return
    with _alone(), step("lab: remove"):
        engine.ensure()
        ours = {name for name, c in hosts.containers().items() if c.owner and not hosts.foreign(name, c)}
        doomed = ours & topology.names if topology else ours
        hosts.remove(doomed)
        if doomed < ours:
            _forget(topology)
        else:
            _remove_the_rest()


def _forget(topology: Topology | None) -> None:
    net = keys.net()
    gone = {host.address(net) for host in topology.hosts} if topology and net else set()
    keys.remember({address: key for address, key in keys.known().items() if address not in gone})


def _remove_the_rest() -> None:
    if not any(container.owner for container in hosts.containers().values()):  # else another checkout needs it
        network.remove()
        image.remove()
        engine.stop()
    keys.forget_lab()
    if engine.ours() is None and keys.STATE.exists():
        shutil.rmtree(keys.STATE)  # else it is also the record of an Engine still to be ended
