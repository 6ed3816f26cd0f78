"""`envivo lab` on real hosts: beside the lab that is up, and through its whole life on a machine of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from envivo import places
from lab import image

SPARE = "10.86.0.41"


class Machine:
    """Where commands run: this machine (`enter` is empty) or one made of namespaces."""

    def __init__(self, *enter: str) -> None:
        self.enter = enter

    def run(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.enter, "env", *(f"{name}={value}" for name, value in env.items()), *argv],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def lab(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-c", "from envivo.cli import main; main()", "lab", *argv, **env)

    def output(self, *argv: str) -> str:
        done = self.run(*argv)
        assert done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def ssh(self, address: str, command: str) -> str:
        state = places.STATE / "lab"
        options = ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={state / 'known_hosts'}", "BatchMode=yes")
        flags = [flag for option in options for flag in ("-o", option)]
        return self.output("ssh", "-F", "none", *flags, "-i", str(state / "id_ed25519"), f"root@{address}", command)


@pytest.fixture(scope="module")
def spare() -> Iterator[Machine]:
    """The host spare1, fresh, in the lab of this machine."""
    here = Machine()
    here.lab("down", "--topology", "spare")
    done = here.lab("up", "--topology", "spare")
    assert done.returncode == 0, done.stderr
    yield here
    here.lab("down", "--topology", "spare")


def test_a_new_host_is_a_bare_debian_13_that_runs(spare: Machine) -> None:
    assert spare.ssh(SPARE, "systemctl is-system-running; cat /proc/1/comm") == "running\nsystemd\n"
    assert "VERSION_CODENAME=trixie" in spare.ssh(SPARE, "cat /etc/os-release")
    assert spare.ssh(SPARE, "command -v docker gst-launch-1.0 || echo bare") == "bare\n"


def test_a_host_lets_root_in_by_key_only(spare: Machine) -> None:
    settings = spare.ssh(SPARE, "sshd -T").splitlines()
    assert {"permitrootlogin without-password", "passwordauthentication no", "kbdinteractiveauthentication no"} <= set(
        settings
    )


def test_a_host_has_a_key_and_a_machine_id_of_its_own(spare: Machine) -> None:
    assert spare.lab("up", "--topology", "bench").returncode == 0
    try:
        lines = (places.STATE / "lab" / "known_hosts").read_text().splitlines()
        assert len(lines) >= 3
        assert len({line.split()[-1] for line in lines}) == len(lines)
        ids = {spare.ssh(address, "cat /etc/machine-id") for address in (SPARE, "10.86.0.31", "10.86.0.32")}
        assert len(ids) == 3
    finally:
        assert spare.lab("down", "--topology", "bench").returncode == 0
    assert spare.ssh(SPARE, "hostname") == "spare1\n"


def test_packages_can_be_installed_on_a_host(spare: Machine) -> None:
    assert (
        spare.ssh(SPARE, "apt-get -qq update && apt-get -qq install -y busybox-static >/dev/null && busybox echo ok")
        == "ok\n"
    )


def test_a_second_up_changes_nothing(spare: Machine) -> None:
    def seen() -> tuple[str, str]:
        known = (places.STATE / "lab" / "known_hosts").read_text()
        return spare.output("docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "spare1"), known

    before = seen()
    again = spare.lab("up", "--topology", "spare")
    assert (again.returncode, again.stderr) == (0, "")
    assert seen() == before


def test_status_tells_machines_where_a_host_is_and_whether_it_is_up(spare: Machine) -> None:
    done = spare.lab("status", "--topology", "spare", "--json")
    host = json.loads(done.stdout)["hosts"]["spare1"]
    assert (done.returncode, host["state"], host["address"]) == (0, "up", SPARE)
    assert host["groups"] == ["media", "cameras"]
    assert Path(host["ssh_key"]).stat().st_mode & 0o777 == 0o600

    spare.output("docker", "stop", "spare1")
    done = spare.lab("status", "--topology", "spare", "--json")
    assert (done.returncode, json.loads(done.stdout)["hosts"]["spare1"]["state"]) == (1, "stopped")
    assert spare.lab("up", "--topology", "spare").returncode == 0
    assert spare.lab("status", "--topology", "spare").returncode == 0


def test_a_host_that_is_enrolled_no_more_is_enrolled_again(spare: Machine) -> None:
    known_hosts = places.STATE / "lab" / "known_hosts"
    lines = known_hosts.read_text().splitlines(keepends=True)
    known_hosts.write_text("".join(line for line in lines if not line.startswith(f"{SPARE} ")))
    assert spare.lab("up", "--topology", "spare").returncode == 0
    assert spare.ssh(SPARE, "hostname") == "spare1\n"


def test_a_foreign_container_of_a_hosts_name_is_left_alone(spare: Machine) -> None:
    base = spare.output("docker", "inspect", "--format", "{{.Image}}", "spare1").strip()
    made = spare.output("docker", "create", "--name", "bench1", base, "true")
    try:
        done = spare.lab("up", "--topology", "bench")
        assert done.returncode == 1
        assert "bench1: the container of this name is no lab host: docker rm -f -v bench1" in done.stderr
        assert spare.lab("down", "--topology", "bench").returncode == 0
        assert spare.output("docker", "ps", "-aq", "--no-trunc", "--filter", "name=bench1") == made
    finally:
        spare.output("docker", "rm", "bench1")


def test_a_machine_without_docker_is_told_what_to_install() -> None:
    done = Machine().lab("up", PATH="/nowhere")
    assert done.returncode == 1
    assert (
        "docker, ip, ssh, ssh-keygen: not installed: apt-get install -y docker.io iproute2 openssh-client"
        in done.stderr
    )


# What a machine with nothing on it has: a loopback, an empty /run, no Engine's data, no state of a lab. Its processes
# end with it, whatever a test leaves behind.
_BOOT = """
mount --bind "$1/run" /run
mount --bind "$1/docker" /var/lib/docker
mount --bind "$1/state" "$2"
ip link set lo up
echo booted
exec sleep infinity
"""


@pytest.fixture
def machine(spare: Machine) -> Iterator[Machine]:
    """A machine of its own with the base image that `spare` has put into the cache, without any other network."""
    with TemporaryDirectory(dir=image.CACHE, prefix="machine.") as directory:
        for name in ("run", "docker", "state"):
            Path(directory, name).mkdir()
        argv = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        argv += ["sh", "-eu", "-c", _BOOT, "boot", directory, str(places.STATE)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as outside:
            assert outside.stdout is not None
            try:
                assert outside.stdout.readline() == "booted\n"
                pid = Path(f"/proc/{outside.pid}/task/{outside.pid}/children").read_text().strip()
                yield Machine("nsenter", "--target", pid, "--net", "--mount", "--pid")
            finally:
                outside.kill()


def _running(machine: Machine) -> list[str]:
    """The programs that run, without those that look; the machine's first process does not wait for what has ended."""
    stats = re.findall(r"\((.*)\) (\w)", machine.output("sh", "-c", "cat /proc/[0-9]*/stat"))
    return sorted(name for name, state in stats if state != "Z" and name not in ("sh", "cat"))


def test_a_killed_engine_is_no_obstacle(machine: Machine) -> None:
    assert machine.lab("up").returncode == 0
    key = machine.output("ssh-keyscan", "-t", "ed25519", "10.86.0.11")
    state = places.STATE / "lab"
    pid = machine.output("cat", str(state / "dockerd.pid")).strip()
    machine.output("kill", "-9", pid)
    # what a restart of the machine adds: the number in the stale file is some other process's by now
    machine.output("sh", "-c", "echo 1 > /run/docker.pid; echo 1 > /run/docker/containerd/containerd.pid")
    assert machine.lab("status").returncode == 1

    done = machine.lab("up")

    assert done.returncode == 0, done.stderr
    assert machine.output("ssh-keyscan", "-t", "ed25519", "10.86.0.11") == key
    assert machine.ssh("10.86.0.11", "systemctl is-system-running") == "running\n"
    again = machine.output("cat", str(state / "dockerd.pid")).strip()
    assert again != pid

    machine.output("kill", "-9", again)
    assert machine.lab("down").returncode == 0
    assert _running(machine) == ["sleep"]


def test_down_removes_a_topology_or_everything(machine: Machine) -> None:
    def left() -> tuple[list[str], str, str]:
        data = ("/var/lib/docker/containers", "/var/lib/docker/volumes", "/var/lib/docker/overlay2", str(places.STATE))
        entries = machine.output("find", *data, "-mindepth", "1", "-type", "d", "-not", "-name", "l")
        return _running(machine), machine.output("ip", "-brief", "link"), entries

    machine.output("mkdir", *(f"/var/lib/docker/{name}" for name in ("containers", "volumes", "overlay2")))
    before = left()
    for name in ("pair", "spare"):
        assert machine.lab("up", "--topology", name).returncode == 0
    assert machine.lab("down", "--topology", "spare").returncode == 0
    assert machine.output("docker", "ps", "-a", "--format", "{{.Names}}").split() == ["cam1", "media1"]
    assert machine.ssh("10.86.0.22", "hostname") == "cam1\n"
    assert all(now != then for now, then in zip(left(), before, strict=True))

    done = machine.lab("down")

    assert done.returncode == 0, done.stderr
    assert left() == before
    assert machine.lab("status").returncode == 1
    assert machine.lab("down").returncode == 0


def test_a_range_in_use_is_refused_and_another_one_named(machine: Machine) -> None:
    machine.output("ip", "link", "add", "other", "type", "bridge")
    machine.output("ip", "addr", "add", "10.86.0.1/16", "dev", "other")
    machine.output("ip", "link", "set", "other", "up")

    done = machine.lab("up")

    assert done.returncode == 1
    assert "network 10.86.0.0/24: is in use: " in done.stderr
    fix = re.search(r"ENVIVO_LAB_NET=(\S+) envivo lab up", done.stderr)
    assert fix
    done = machine.lab("up", ENVIVO_LAB_NET=fix[1])
    assert done.returncode == 0, done.stderr
    assert machine.lab("status").returncode == 0


def test_a_full_disk_is_refused_before_a_host_is_made(machine: Machine) -> None:
    machine.output("mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", "/var/lib/docker")
    done = machine.lab("up")
    assert done.returncode == 1
    assert "/var/lib/docker: 0.1 GB of disk are free, the lab needs 3 GB: " in done.stderr
    assert machine.output("docker", "ps", "-aq") == ""
