"""A host with a kernel of its own: a virtual machine under emulation, in a container that is its hardware.

To the Engine it is a container as any other, and its address is the container's: what comes to SSH there goes to the
guest, and what the guest sends leaves from there. The disk that all such hosts begin with lies in the cache, mounted
read-only; what a host changes is kept in its container.
"""

import os
import shutil
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.lab import image, root
from envivo.lab.image import MASKED, BaseImage
from envivo.lab.programs import run
from envivo.lab.topology import DebianRelease
from envivo.render import render
from envivo.roles.camera.settings import PACKAGES as AGENT_PACKAGES

_EMULATOR_PACKAGES = ("qemu-system-x86", "qemu-utils")
# The packages of a deployment are preinstalled: to unpack them under emulation takes minutes.
_DISK_PACKAGES = (
    *("linux-image-amd64", "initramfs-tools", "zstd", "udev", "kmod", "alsa-utils", "v4l-utils"),
    *(*AGENT_PACKAGES, "gstreamer1.0-alsa", "gstreamer1.0-tools", "python3"),
)
_SIZE = "4G"
_MEMORY_MB = 1536
_CORES = 2
_GUEST_NET, _GUEST_RESOLVER = "192.0.0.128/25", "192.0.0.131"
"""Between emulator and guest alone, of a range that no network has (RFC 6890), so that nothing in use is covered.

The resolver is number 3 of it: the emulator, which asks the container's.
"""

_DISK = "/lab"
_START = "/usr/local/sbin/lab-vm"
_STOPS_WITHIN_S = 120
_START_SCRIPT = render("lab/vm.sh.j2", disk=_DISK, cores=_CORES, memory_mb=_MEMORY_MB, guest_net=_GUEST_NET)

_ENROL = "lab-enrol.service"
_DISK_FILES = {
    # No more than what finds the disk: the emulated CPU unpacks it at every boot.
    "etc/initramfs-tools/conf.d/lab": "MODULES=list\n",
    "usr/share/initramfs-tools/modules.d/lab": "virtio_pci\nvirtio_blk\next4\n",
    "etc/modules-load.d/lab.conf": "vivid\nsnd-aloop\n",
    # One device that captures, its one input a webcam.
    "etc/modprobe.d/lab.conf": "options vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0\n",
    "etc/systemd/network/lab.network": "[Match]\nType=ether\n\n[Network]\nDHCP=ipv4\n",
    "etc/resolv.conf": f"nameserver {_GUEST_RESOLVER}\n",
    # Root's service manager stays: to start it takes longer than all else of a connection.
    "var/lib/systemd/linger/root": "",
    f"etc/systemd/system/{_ENROL}": render("lab/enrol.service.j2"),
}
# A first boot is long by timers that are overdue, which hold apt's lock, and by caches that are renewed after every
# change to /usr.
_CONFIGURE = f"""
systemctl -q enable systemd-networkd.service {_ENROL}
systemctl -q disable systemd-networkd-wait-online.service
systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer
touch /etc/.updated /var/.updated
"""


def container(release: DebianRelease) -> list[str]:
    """Of `docker create`: the options, the image and the command of such a host; made as far as still to do."""
    if os.uname().machine != "x86_64":
        raise EnvivoError(
            "virtual machine", f"runs only on x86_64, and this is {os.uname().machine}", "choose another topology"
        )
    base = image.base(release)
    emulator = f"emulator-{image.digest((base.name, _EMULATOR_PACKAGES, _START_SCRIPT))}"
    disk = f"disk-{image.digest((base.name, _DISK_PACKAGES, _DISK_FILES, _CONFIGURE, _SIZE))}"
    tag = image.imported(emulator, lambda: image.cached(f"{emulator}.tar", lambda file: _build_emulator(base, file)))
    return options(tag, image.cached(disk, lambda folder: _build_disk(base, folder)))


def options(tag: str, disk: Path) -> list[str]:
    return [
        *("--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE", "--security-opt", "no-new-privileges"),
        *("--stop-signal", "SIGTERM", "--stop-timeout", str(_STOPS_WITHIN_S)),
        *("--mount", f"type=bind,source={disk},target={_DISK},readonly"),
        *(tag, _START),
    ]


def _build_emulator(base: BaseImage, file: Path) -> None:
    archive = image.archive(base)
    with image.workplace("virtual machine: emulator") as (folder, show):
        root.unpack(archive, folder)
        root.install(folder, _EMULATOR_PACKAGES, show)
        start = folder / _START.lstrip("/")
        start.write_text(_START_SCRIPT)
        start.chmod(0o755)
        show("pack")
        image.pack(folder, file)


def _build_disk(base: BaseImage, made: Path) -> None:
    archive = image.archive(base)
    with image.workplace("virtual machine: disk", "mke2fs") as (folder, show):
        root.unpack(archive, folder)
        for name in MASKED:
            (folder / "etc" / name).unlink()
        root.write(folder, _DISK_FILES)
        root.install(folder, _DISK_PACKAGES, show, afterwards=_CONFIGURE)
        show("write")
        made.mkdir()
        for name, pattern in (("kernel", "vmlinuz-*"), ("initrd", "initrd.img-*")):
            [file] = (folder / "boot").glob(pattern)
            shutil.copy(file, made / name)
        initialized = "lazy_itable_init=0,lazy_journal_init=0"  # else the guest does it
        argv = ("mke2fs", "-q", "-t", "ext4", "-E", initialized, "-d", str(folder), str(made / "disk"), _SIZE)
        run(*argv, fix=f"df -h {made}")
