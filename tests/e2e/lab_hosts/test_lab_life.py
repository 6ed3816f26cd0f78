"""The whole life of the lab on a machine of its own, whose Engine it starts and ends."""

import re

import pytest

from envivo.core import paths
from tests.e2e.machine import STATE, Machine

pytestmark = pytest.mark.proof


def _running(machine: Machine) -> list[str]:
    """The programs that run, without those that look; the machine's first process does not wait for what has ended."""
    stats = re.findall(r"\((.*)\) (\w)", machine.output("sh", "-c", "cat /proc/[0-9]*/stat"))
    return sorted(name for name, state in stats if state != "Z" and name not in ("sh", "cat"))


def test_a_killed_engine_is_no_obstacle(machine: Machine) -> None:
    assert machine.lab("up").returncode == 0
    key = machine.output("ssh-keyscan", "-t", "ed25519", "10.86.0.11")
    pid = machine.output("cat", str(STATE / "dockerd.pid")).strip()
    machine.output("kill", "-9", pid)
    # what a restart of the machine adds: the number in the stale file is some other process's by now
    machine.output("sh", "-c", "echo 1 > /run/docker.pid; echo 1 > /run/docker/containerd/containerd.pid")
    assert machine.lab("status").returncode == 1

    done = machine.lab("up")

    assert done.returncode == 0, done.stderr
    assert machine.output("ssh-keyscan", "-t", "ed25519", "10.86.0.11") == key
    assert machine.ssh("10.86.0.11", "systemctl is-system-running") == "running\n"
    again = machine.output("cat", str(STATE / "dockerd.pid")).strip()
    assert again != pid

    machine.output("kill", "-9", again)
    assert machine.lab("down").returncode == 0
    assert _running(machine) == ["sleep"]


def test_down_removes_a_topology_or_everything(machine: Machine) -> None:
    def left() -> tuple[list[str], str, str]:
        data = ("/var/lib/docker/containers", "/var/lib/docker/volumes", "/var/lib/docker/overlay2", str(paths.STATE))
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
    assert re.search(r"/var/lib/docker: \d{2,3} MB of disk are free, but the lab needs 3\.0 GB: ", done.stderr), (
        done.stderr
    )
    assert machine.output("docker", "ps", "-aq") == ""
