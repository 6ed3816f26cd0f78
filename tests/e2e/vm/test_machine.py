"""The lab's virtual machine: what only a kernel of its own has, and that it comes and goes as any other host."""

import json

import pytest

from envivo.lab import hosts, keys
from envivo.roles.camera.settings import unit_name
from tests.e2e.lab import Lab
from tests.e2e.machine import Machine
from tests.patience import until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def vm(virtual: Lab) -> Lab:
    """Nothing uses its camera."""
    virtual.run(virtual.camera, f"systemctl disable --now {unit_name('webcam')}", check=False)
    return virtual


def said(vm: Lab, command: str) -> str:
    return vm.run(vm.camera, command).stdout.strip()


def answer(vm: Lab, command: str) -> str:
    """What it says while it comes or goes, "" where it is not there."""
    return keys.ssh(vm.hosts[vm.camera], command, hosts.ANSWERS_WITHIN_S[True])[1].strip()


def boot(vm: Lab) -> str:
    """A name of its present run."""
    return answer(vm, "cat /proc/sys/kernel/random/boot_id")


def state(vm: Lab) -> str:
    done = Machine().lab("status", "--topology", vm.topology, "--json")
    return str(json.loads(done.stdout)["hosts"][vm.camera]["state"])


def test_it_runs_debians_own_kernel_with_cgroups_of_version_2(vm: Lab) -> None:
    assert said(vm, "hostname; systemctl is-system-running; stat -fc %T /sys/fs/cgroup") == "vm-cam\nrunning\ncgroup2fs"
    release = said(vm, "uname -r")
    assert said(vm, f"dpkg-query -S /boot/vmlinuz-{release}").startswith(f"linux-image-{release}: ")
    assert release not in vm.run(vm.media, "uname -r").stdout


def test_it_has_a_camera_and_a_microphone(vm: Lab) -> None:
    assert said(vm, "readlink -f /dev/v4l/by-path/*-video-index0") == "/dev/video0"
    stream = "--set-fmt-video=width=320,height=180,pixelformat=YUYV --set-parm=5 --stream-mmap --stream-count=5"
    assert said(vm, f"v4l2-ctl {stream} --stream-to=/tmp/frames && stat -c %s /tmp/frames").endswith(
        str(5 * 320 * 180 * 2)
    )
    assert "Loopback" in said(vm, "arecord -l")


def test_it_reaches_the_media_host_and_the_package_sources(vm: Lab) -> None:
    assert said(vm, f"exec 3<>/dev/tcp/{vm.hosts[vm.media]}/22; head -c 4 <&3") == "SSH-"
    assert said(vm, "apt-get -qq update && apt-cache policy mtr-tiny | grep -c http") == "1"


def test_the_media_host_sees_it_at_its_address(vm: Lab) -> None:
    assert vm.run(vm.media, f"exec 3<>/dev/tcp/{vm.hosts[vm.camera]}/22; head -c 4 <&3").stdout == "SSH-"
    vm.run(vm.camera, f"exec 3<>/dev/tcp/{vm.hosts[vm.media]}/22; head -c 4 <&3")

    def closed() -> str:
        """Who closed a connection: sshd writes it when it notices, which may be after the camera's shell has ended."""
        return vm.run(vm.media, "journalctl -u ssh --grep 'Connection .* by' --no-pager -o cat", check=False).stdout

    journal = until(lambda lines: vm.hosts[vm.camera] in lines, closed, 10)
    assert vm.hosts[vm.camera] in journal


def test_pyinfra_reaches_it_as_any_other_host(vm: Lab) -> None:
    done = vm.pyinfra("inventories/lab.py", "--limit", vm.camera, "fact", "server.Kernel")
    assert done.returncode == 0 and "Linux" in done.stdout + done.stderr, done.stderr


def test_a_reboot_and_a_stop_keep_what_was_written(vm: Lab) -> None:
    first = boot(vm)
    answer(vm, "echo kept >/etc/kept; systemctl reboot")
    second = until(lambda run: run not in ("", first), lambda: boot(vm), hosts.BOOTS_WITHIN_S[True])
    assert second not in ("", first), Machine().output("docker", "logs", "--tail", "40", vm.camera)
    assert said(vm, "cat /etc/kept") == "kept"

    Machine().output("docker", "stop", vm.camera)
    assert state(vm) == "stopped"
    assert Machine().output("docker", "inspect", "--format", "{{.State.ExitCode}}", vm.camera) == "0\n", "was cut off"
    assert Machine().lab("up", "--topology", vm.topology).returncode == 0
    assert state(vm) == "up"
    assert boot(vm) not in (first, second)
    assert said(vm, "cat /etc/kept") == "kept"


def test_down_removes_it(vm: Lab) -> None:
    assert Machine().lab("down", "--topology", vm.topology).returncode == 0
    assert state(vm) == "missing"
    assert vm.hosts[vm.camera] not in keys.known()
