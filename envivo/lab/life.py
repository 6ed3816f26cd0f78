"""The lab brought up, looked at, taken down: each does what is still to do, from whatever it finds."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from envivo.core import paths
from envivo.core.errors import EnvivoError
from envivo.lab import acme, engine, hosts, image, keys, limits, network, ready, routes, vm
from envivo.lab.files import LabFile
from envivo.lab.programs import need
from envivo.lab.progress import step
from envivo.lab.topology import ACME, LAB, TOPOLOGIES, DebianRelease, LabHost, LabNetwork, Ranges, Topology


@contextmanager
def _alone() -> Iterator[None]:
    """One change of the lab at a time: of the machine's, whose images are in the cache, and of this checkout's.

    Two commands of one checkout may have two caches (ENVIVO_CACHE). Both locks lie where `down` removes nothing.
    """
    try:
        with ExitStack() as held:
            for file in (image.CACHE / "lock", paths.STATE / "lab.lock"):
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                held.enter_context(FileLock(file, timeout=600))
            yield
    except Timeout as timeout:
        raise EnvivoError(
            timeout.lock_file, "another `envivo lab` has been at work for ten minutes", "wait for it, or end it"
        ) from None


def up(topology: Topology, with_packages: bool = False) -> Ranges:
    """Every host of the topology answers and does what the lab has it do; the ranges of their networks.

    `with_packages`: hosts that are made have the packages of all roles. A virtual machine has those of a camera anyway.
    """
    keys.ensure_readable()
    need("docker", "ip", "ssh", "ssh-keygen")
    with _alone():
        keys.ensure_lab_key()
        engine.ensure()
        ranges = network.ensure(topology)
        keys.remember_ranges({**keys.ranges(), **ranges})
        present = _free_names(topology)
        missing = [host for host in topology.hosts if host.name not in present]
        limits.ensure(len(missing) + sum(bool(container.owner) for container in hosts.containers().values()))
        if missing:
            _create(missing, topology, ranges, ready.ensure if with_packages else image.ensure)
        _start(topology, ranges)
        for host in topology.hosts:
            if host.domain == ACME:
                acme.ensure(host, ranges)
    return ranges


def prepare(topology: Topology, with_packages: bool = False) -> None:
    """The images of its hosts are in the Engine, so that `up` only has to start them."""
    keys.ensure_readable()
    with _alone():
        keys.ensure_lab_key()
        engine.ensure()
        _kinds(list(topology.hosts), ready.ensure if with_packages else image.ensure)


def _kinds(
    wanted: list[LabHost], image_of: Callable[[DebianRelease], str]
) -> dict[tuple[DebianRelease, bool], list[str]]:
    """Release and whether it is virtual -> options, image and command of such a container."""
    facts = engine.docker("info", "--format", "{{.DockerRootDir}}\t{{.CgroupVersion}}")
    data, cgroup_version = facts.strip().split("\t")
    engine.ensure_space(Path(data))
    return {
        (release, virtual): vm.container(release) if virtual else hosts.options(image_of(release), cgroup_version)
        for release, virtual in sorted({(host.release, host.virtual) for host in wanted})
    }


def _free_names(topology: Topology) -> set[str]:
    """The names of the topology's hosts that are there. Hosts that nobody will remove make way for new ones."""
    present = {name: c for name, c in hosts.containers().items() if name in topology.names}
    for name, container in present.items():
        refused = hosts.foreign(name, container)
        if refused:
            raise refused
    orphans = {name for name, container in present.items() if container.owner != str(keys.STATE)}
    hosts.remove(orphans)
    return present.keys() - orphans


def _create(
    missing: list[LabHost], topology: Topology, ranges: Ranges, image_of: Callable[[DebianRelease], str]
) -> None:
    container = _kinds(missing, image_of)
    new = {host.address(ranges) for host in missing}
    keys.remember({address: key for address, key in keys.known().items() if address not in new})
    for host in missing:
        hosts.create(host, ranges, topology.hosts_file(host, ranges), container[host.release, host.virtual])


def _start(topology: Topology, ranges: Ranges) -> None:
    present, known = hosts.containers(), keys.known()

    def start(host: LabHost) -> dict[str, str]:
        """What is to be remembered of it: address -> key."""
        address, running = host.address(ranges), present[host.name].running
        strange = host.over_ssh and address not in known
        made = {address: hosts.enrol(host)} if strange else {}
        if host.others:
            hosts.complete(host, ranges, _files(host, topology, ranges))
        if not running:
            engine.docker("start", host.name)
        elif strange or host.others:
            engine.docker("restart", host.name)
        return made

    with ThreadPoolExecutor() as pool:
        states = list(pool.map(lambda host: hosts.state(host, ranges, present, *_units(host)), topology.hosts))
        down = [host for host, state in zip(topology.hosts, states, strict=True) if state != "up"]
        if down:
            with step(f"{', '.join(host.name for host in down)}: start"):
                made = list(pool.map(start, down))
                keys.remember({**known, **dict(pair for new in made for pair in new.items())})
                list(pool.map(lambda host: hosts.wait_booted(host, ranges), down))


def _files(host: LabHost, topology: Topology, ranges: Ranges) -> list[LabFile]:
    return routes.files(host, topology, ranges) + (acme.files(topology, ranges) if host.domain == ACME else [])


def _units(host: LabHost) -> tuple[str, ...]:
    return acme.UNITS if host.domain == ACME else ()


def status(topology: Topology) -> dict[str, dict[str, Any]]:
    """Of each host: state, address ("" before the first `up`), groups, and the key that it lets in over SSH ("" for one
    that only the Engine reaches). Changes nothing.
    """
    keys.ensure_readable()
    ranges = keys.ranges()
    present = hosts.containers() if LAB.name in ranges and engine.answers() else {}

    def look(host: LabHost) -> dict[str, Any]:
        return {
            "state": hosts.state(host, ranges, present, *_units(host)),
            "address": host.address(ranges),
            "groups": list(host.groups),
            "ssh_key": str(keys.KEY) if host.over_ssh else "",
        }

    with ThreadPoolExecutor() as pool:
        return dict(zip((host.name for host in topology.hosts), pool.map(look, topology.hosts), strict=True))


def down(topology: Topology | None) -> None:
    """Remove the topology's hosts, or all; with the last of them all that the lab has made on this machine."""
    keys.ensure_readable()
    with _alone():
        # asked only now: the command that was waited for may have removed all there was
        if keys.STATE.exists() or engine.answers():
            with step("lab: remove"):
                _remove(topology)


def _remove(topology: Topology | None) -> None:
    engine.ensure()
    ours = {name for name, c in hosts.containers().items() if c.owner and not hosts.foreign(name, c)}
    doomed = ours & topology.names if topology else ours
    hosts.remove(doomed)
    left = {name for name, container in hosts.containers().items() if container.owner}
    unused = unused_by(left)
    network.remove(unused)
    if doomed < ours:
        _forget(topology, unused)
    else:
        _remove_the_rest(left)


def unused_by(left: set[str]) -> list[LabNetwork]:
    """The networks that none of the hosts that are left needs, also those of other checkouts."""
    needed = {network for topology in TOPOLOGIES.values() if topology.names & left for network in topology.networks}
    every = {network for topology in TOPOLOGIES.values() for network in topology.networks}
    return sorted(every - needed - ({LAB} if left else set()), key=lambda network: network.name)


def _forget(topology: Topology | None, unused: list[LabNetwork]) -> None:
    if not keys.STATE.exists():  # the hosts were those of an abandoned lab
        return
    ranges = keys.ranges()
    gone = {host.address(ranges) for host in topology.hosts if host.over_ssh} if topology else set()
    keys.remember({address: key for address, key in keys.known().items() if address not in gone})
    names = {network.name for network in unused}
    keys.remember_ranges({name: net for name, net in ranges.items() if name not in names})
    if topology and ACME in topology.domains(ranges):
        shutil.rmtree(acme.KEPT, ignore_errors=True)


def _remove_the_rest(left: set[str]) -> None:
    if not left:  # else another checkout needs it
        image.remove()
        engine.stop()
    keys.forget_lab()
    shutil.rmtree(acme.KEPT, ignore_errors=True)
    if engine.ours() is None and keys.STATE.exists():
        shutil.rmtree(keys.STATE)  # else it is also the record of an Engine still to be ended
