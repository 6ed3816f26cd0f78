import subprocess
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.lab import vm
from envivo.lab.topology import TOPOLOGIES
from envivo.roles.camera.settings import PACKAGES


def test_the_container_of_a_virtual_machine_may_do_little_and_its_disk_is_read_only() -> None:
    options = vm.options("envivo-lab:x", Path("/cache/disk-1"))
    values = list(pairwise(options))
    assert ("--cap-drop", "ALL") in values
    assert [value for option, value in values if option == "--cap-add"] == ["NET_BIND_SERVICE"]
    assert ("--mount", "type=bind,source=/cache/disk-1,target=/lab,readonly") in values
    assert options[-2:] == ["envivo-lab:x", vm._START]
    assert ("--stop-signal", "SIGTERM") in values
    assert int(options[options.index("--stop-timeout") + 1]) >= 30, "its guest needs that long to power down"


def test_what_starts_it_is_a_program_of_the_shell() -> None:
    checked = subprocess.run(["sh", "-n"], input=vm._START_SCRIPT, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "/dev/kvm" not in vm._START_SCRIPT


def test_the_guests_own_network_covers_nothing_and_has_its_resolver() -> None:
    net = IPv4Network(vm._GUEST_NET)
    assert IPv4Address(vm._GUEST_RESOLVER) == net[3]
    assert net.subnet_of(IPv4Network("192.0.0.0/24"))
    networks = {network for topology in TOPOLOGIES.values() for network in topology.networks}
    assert not [text for network in networks for text in network.ranges if IPv4Network(text).overlaps(net)]


def test_what_a_camera_host_needs_is_on_the_disk() -> None:
    assert set(PACKAGES) <= set(vm._DISK_PACKAGES)


def test_another_architecture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    arm = type("Uname", (), {"machine": "aarch64"})
    monkeypatch.setattr("os.uname", lambda: arm)
    with pytest.raises(
        EnvivoError, match=r"virtual machine: runs only on x86_64, and this is aarch64: choose another topology"
    ):
        vm.container("trixie")
