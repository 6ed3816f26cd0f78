"""Lab hosts as containers of the Engine: seen, made, enrolled, reached, removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from envivo.core.errors import EnvivoError
from envivo.core.polling import until
from envivo.lab import keys, routes, runs
from envivo.lab.engine import docker
from envivo.lab.files import LabFile, packed
from envivo.lab.programs import attempt, last_line
from envivo.lab.topology import LabHost, Ranges

LABEL = "envivo.lab"
_SYS_RESOURCE = 24  # capabilities(7), linux/capability.h
BOOTS_WITHIN_S = {False: 180, True: 300}
ANSWERS_WITHIN_S = {False: 10, True: 12}
"""By whether it is a virtual machine. A container boots in three seconds and answers at once, though not on a slow
machine with other work. Emulated, exchanging keys takes three seconds beside other work, more on a busy machine; the
emulator accepts connections in place of a guest that boots, and waiting connections reach the guest late.
"""

HostState = Literal["missing", "stopped", "unreachable", "incomplete", "up"]
"""Incomplete: what the lab has the host do at boot did not succeed."""


@dataclass(frozen=True)
class LabContainer:
    """`owner` is the state directory of the checkout whose lab it is in, "" for a container that is not a lab host.
    `run` is the file of the run of tests that made it, "" where a person did.
    """

    running: bool
    owner: str
    run: str = ""

    @property
    def abandoned(self) -> bool:
        """Its checkout is gone, or the run that made it has ended without removing it."""
        checkout_gone = bool(self.owner) and not Path(self.owner).exists()
        return checkout_gone or (bool(self.run) and not runs.goes_on(Path(self.run)))


def parse_containers(text: str) -> dict[str, LabContainer]:
    rows = (line.split("\t") for line in text.splitlines())
    return {name: LabContainer(state == "running", owner, run) for name, state, owner, run in rows}


def containers() -> dict[str, LabContainer]:
    labels = "\t".join(f'{{{{.Label "{label}"}}}}' for label in (LABEL, runs.LABEL))
    return parse_containers(docker("ps", "-a", "--format", f"{{{{.Names}}}}\t{{{{.State}}}}\t{labels}"))


def foreign(name: str, container: LabContainer) -> EnvivoError | None:
    """A container of a host's name that is not this checkout's to touch."""
    if container.owner == str(keys.STATE) or container.abandoned:
        return None
    whose = f"belongs to the lab of {container.owner}" if container.owner else "is not a lab host"
    return EnvivoError(name, f"the container of this name {whose}", f"docker rm -f -v {name}")


def options(tag: str, cgroup_version: str) -> list[str]:
    """Of `docker create`: how the container of the image becomes a host."""
    engine = docker("version", "--format", "{{.Server.Version}}")
    bounding = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapBnd:"))
    dropped = to_drop(int(bounding.split()[1], 16), engine)
    return ["--stop-signal", "SIGRTMIN+3", *isolation(cgroup_version, dropped), tag, "/sbin/init"]


def to_drop(bounding: int, engine: str) -> tuple[str, ...]:
    """What a host may not do, of the machine's bounding set: since 23.0 an Engine does not drop what is not there."""
    there = bounding >> _SYS_RESOURCE & 1
    return ("SYS_RESOURCE",) if there or int(engine.split(".")[0]) < 23 else ()


def isolation(cgroup_version: str, dropped: Sequence[str] = ("SYS_RESOURCE",)) -> list[str]:
    """Options with which systemd and a Docker Engine run inside a container.

    All capabilities but SYS_RESOURCE, which the machine itself may lack; a volume for the nested Engine, because
    overlay2 does not lie on overlayfs: docs/notes/lab.md#systemd-and-docker-in-a-container
    """
    options = [
        "--cap-add",
        "ALL",
        *(word for capability in dropped for word in ("--cap-drop", capability)),
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


def create(host: LabHost, ranges: Ranges, domains: Mapping[str, str], container: Sequence[str]) -> None:
    """A host that has not run yet, on the first of its networks.

    `domains`: its hosts file; `container`: the options, image and command that make it a host of its kind.
    """
    sysctls = {"net.ipv4.ip_unprivileged_port_start": "1024"}  # as on a machine; the Engine's default is 0
    if host.inside:
        sysctls["net.ipv4.ip_forward"] = "1"
    first = host.links[0]
    docker(
        *("create", "--name", host.name, "--hostname", host.name, "--label", f"{LABEL}={keys.STATE}", *runs.label()),
        *("--network", first.network.name, "--ip", first.address(ranges)),
        *(option for name, value in sysctls.items() for option in ("--sysctl", f"{name}={value}")),
        *(option for name, address in domains.items() for option in ("--add-host", f"{name}:{address}")),
        *container,
    )


def complete(host: LabHost, ranges: Ranges, files: Sequence[LabFile]) -> None:
    """The rest of a host's networks, and files that it needs at boot. Existing ones stay."""
    on = docker("inspect", "--format", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", host.name)
    for link in host.links:
        if link.network.name not in on.split():
            docker("network", "connect", "--ip", link.address(ranges), link.network.name, host.name)
    if files:
        docker("cp", "-", f"{host.name}:/", stdin=packed(files))


def enrol(host: LabHost) -> str:
    """Give the host its own SSH key and the lab's to let in, for its next start; its public key."""
    made = keys.new_host_keys(host.name)
    docker("cp", "-", f"{host.name}:/", stdin=made.files)
    return made.public


def run_on(host: LabHost, ranges: Ranges, command: str) -> tuple[int, str, str]:
    """Exit code (255 = not reached over SSH), stdout, stderr of `command`, run as root."""
    if host.over_ssh:
        return keys.ssh(host.address(ranges), command, ANSWERS_WITHIN_S[host.virtual])
    return attempt("docker", "exec", host.name, "sh", "-c", command)


def wait_booted(host: LabHost, ranges: Ranges) -> None:
    """Until systemd has started what it starts, with the host's routes. Raises EnvivoError when its time is over."""
    code, state, reason = until(
        lambda answer: answer[1].strip() in ("running", "degraded"),
        lambda: run_on(host, ranges, "systemctl is-system-running --wait"),
        BOOTS_WITHIN_S[host.virtual],
        every_s=0.1,
    )
    if code == 255:
        what = f"does not answer over SSH: {last_line(reason)}"
    elif state.strip() not in ("running", "degraded"):
        what = f"does not boot: {last_line(reason) or state.strip()}"
    elif run_on(host, ranges, is_complete(host))[0]:
        what = f"{routes.UNIT} failed"
    else:
        return
    fix = f"docker logs {host.name} shows why; to create it again: docker rm -f -v {host.name}, then envivo lab up"
    raise EnvivoError(f"{host.name} ({host.address(ranges)})", what, fix)


def is_complete(host: LabHost, *units: str) -> str:
    """The command whose exit code is 0 where what the lab has the host do at boot has succeeded."""
    needed = [*([routes.UNIT] if host.others else []), *units]
    return " && ".join(f"systemctl is-active --quiet {unit}" for unit in needed) or "true"


def state(host: LabHost, ranges: Ranges, present: Mapping[str, LabContainer], *units: str) -> HostState:
    """`units` = what has to run on it besides."""
    container = present.get(host.name)
    if container is None:
        return "missing"
    if not container.running:
        return "stopped"
    code = run_on(host, ranges, is_complete(host, *units))[0]
    if code == 255:
        return "unreachable"
    return "incomplete" if code else "up"


def remove(names: set[str]) -> None:
    if names:
        docker("rm", "--force", "--volumes", *names)
