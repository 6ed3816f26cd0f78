"""Lab hosts as containers of the Engine: seen, made, enrolled, reached, removed."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

from envivo.errors import EnvivoError
from envivo.waiting import until
from lab import keys, network
from lab.engine import docker
from lab.programs import last_line
from lab.topology import Host

LABEL = "envivo.lab"
_BOOT_SECONDS = 60

State = Literal["missing", "stopped", "unreachable", "up"]


@dataclass(frozen=True)
class Container:
    """`owner` is the state directory of the checkout whose lab it is in, "" for a container that is no lab host."""

    running: bool
    owner: str


def parse_containers(text: str) -> dict[str, Container]:
    rows = (line.split("\t") for line in text.splitlines())
    return {name: Container(state == "running", owner) for name, state, owner in rows}


def containers() -> dict[str, Container]:
    return parse_containers(docker("ps", "-a", "--format", f'{{{{.Names}}}}\t{{{{.State}}}}\t{{{{.Label "{LABEL}"}}}}'))


def foreign(name: str, container: Container) -> EnvivoError | None:
    """A container of a host's name that is not this checkout's to touch, as long as its own checkout is there."""
    if container.owner == str(keys.STATE) or (container.owner and not Path(container.owner).exists()):
        return None
    whose = f"belongs to the lab of {container.owner}" if container.owner else "is no lab host"
    return EnvivoError(name, f"the container of this name {whose}", f"docker rm -f -v {name}")


def isolation(cgroup_version: str) -> list[str]:
    """Options with which systemd and a Docker Engine run inside a container (lab.md 1).

    All capabilities but SYS_RESOURCE, which the machine itself may lack; a volume for the nested Engine, because
    overlay2 does not lie on overlayfs.
    """
    options = [
        "--cap-add",
        "ALL",
        "--cap-drop",
        "SYS_RESOURCE",
        "--volume",
        "/var/lib/docker",
        "--env",
        "container=docker",
    ]
    for unconfined in ("seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"):
        options += ["--security-opt", unconfined]
    # As on a machine, where programs may run from /run and /tmp: the Engine's default is noexec.
    for tmpfs in ("/run:exec,mode=755", "/run/lock", "/tmp:exec,mode=1777"):  # noqa: S108
        options += ["--tmpfs", tmpfs]
    if cgroup_version == "2":
        return [*options, "--cgroupns", "private"]
    legacy = "SYSTEMD_PROC_CMDLINE=systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"
    return [*options, "--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw", "--env", legacy]


def create(host: Host, address: str, image: str, cgroup_version: str) -> None:
    docker(
        *("create", "--name", host.name, "--hostname", host.name, "--label", f"{LABEL}={keys.STATE}"),
        *("--network", network.NAME, "--ip", address, "--stop-signal", "SIGRTMIN+3"),
        *isolation(cgroup_version),
        *(image, "/sbin/init"),
    )


def enrol(host: Host, running: bool) -> str:
    """Give the host its own SSH key and the lab's to let in, start it with them; its public key."""
    made = keys.new_host_keys(host.name)
    docker("cp", "-", f"{host.name}:/", stdin=made.files)
    docker("restart" if running else "start", host.name)
    return made.public


def wait_booted(host: Host, address: str) -> None:
    """Until sshd answers and systemd has started what it starts. Raises EnvivoError after a minute."""
    answer = until(
        lambda answer: answer[0] != 255,
        lambda: keys.ssh(address, "systemctl is-system-running --wait"),
        _BOOT_SECONDS,
        every_s=0.1,
    )
    if answer[0] == 255:
        raise EnvivoError(
            f"{host.name} ({address})",
            f"does not answer over SSH: {last_line(answer[2])}",
            f"docker logs {host.name}; docker rm -f -v {host.name}; envivo lab up",
        )


def reachable(address: str) -> bool:
    return keys.ssh(address, "true")[0] == 0


def state(host: Host, net: IPv4Network, present: dict[str, Container]) -> State:
    container = present.get(host.name)
    if container is None:
        return "missing"
    if not container.running:
        return "stopped"
    return "up" if reachable(host.address(net)) else "unreachable"


def remove(names: set[str]) -> None:
    if names:
        docker("rm", "--force", "--volumes", *names)
