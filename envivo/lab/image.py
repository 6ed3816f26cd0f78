"""Images of lab hosts, cached as archives; the base of each release is a bare Debian with systemd and sshd."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from envivo.core import paths
from envivo.core.errors import EnvivoError
from envivo.lab import apt, root
from envivo.lab.engine import docker, ensure_space
from envivo.lab.programs import as_root, need, run
from envivo.lab.progress import step
from envivo.lab.topology import DebianRelease

CACHE = paths.CACHE / "lab"
REPOSITORY = "envivo-lab"
_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "python3"),
    *("iproute2", "ca-certificates", "curl", "procps", "nftables"),
)
_CERTIFICATES = Path("/usr/local/share/ca-certificates")

_OPTIONS = "etc/apt/apt.conf.d/90lab"
_FILES = {
    "etc/ssh/sshd_config.d/lab.conf": "PermitRootLogin prohibit-password\nPasswordAuthentication no\n"
    "KbdInteractiveAuthentication no\n",
    "etc/default/locale": "LANG=C.UTF-8\n",
    "etc/locale.conf": "LANG=C.UTF-8\n",  # Debian 13 makes the former a link to it
    "etc/machine-id": "",  # empty: each host makes its own, and systemd does not take it for a first boot
    "etc/hostname": "",
    "etc/resolv.conf": "",
    "etc/apt/sources.list": "",
}
MASKED = (
    "systemd/system/systemd-modules-load.service",  # no kernel modules in a container: `degraded`
    # kernel.* is not of the container but of the machine that carries it
    "sysctl.d/50-default.conf",
    "sysctl.d/50-pid-max.conf",
)
"""Below /etc."""
_REMOVED = (
    "var/lib/dbus/machine-id",
    "etc/ssh/ssh_host_*",
    "var/cache/apt/archives/*.deb",
    "var/lib/apt/lists/*_*",
    "var/log/bootstrap.log",
)


@dataclass(frozen=True)
class BaseImage:
    """What a release's base image is made of."""

    release: DebianRelease
    mirror: apt.AptMirror
    files: Mapping[str, str]

    @property
    def name(self) -> str:
        made_of = (_PACKAGES, self.mirror, sorted(self.files.items()), MASKED, _REMOVED, os.uname().machine)
        return f"{self.release}-{digest(made_of)}"


def base(release: DebianRelease) -> BaseImage:
    mirror = apt.machine_mirror(os.environ.get("ENVIVO_LAB_MIRROR"))
    certificates = {str(file.relative_to("/")): file.read_text() for file in sorted(_CERTIFICATES.glob("*.crt"))}
    return BaseImage(release, mirror, {**_FILES, **apt_files(mirror, release, apt.machine_options(), certificates)})


def digest(made_of: object) -> str:
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:12]


def apt_files(
    mirror: apt.AptMirror, release: DebianRelease, options: list[str], certificates: Mapping[str, str]
) -> dict[str, str]:
    """What apt on a host reads; the machine's own certificate authorities where the mirror is behind TLS."""
    return {
        "etc/apt/sources.list.d/debian.sources": mirror.sources(release),
        _OPTIONS: "".join(
            f"{option}\n" for option in ('Acquire::Retries "3";', 'Acquire::Languages "none";', *options)
        ),
        **(certificates if mirror.archive.startswith("https:") else {}),
    }


def ensure(release: DebianRelease) -> str:
    """The tag of the release's base image, built, cached or imported as far as that is still to do."""
    made_of = base(release)
    return imported(made_of.name, lambda: archive(made_of))


def imported(name: str, its_archive: Callable[[], Path]) -> str:
    """The tag of the image; its archive is asked for where the Engine does not have it."""
    tag = f"{REPOSITORY}:{name}"
    if not docker("image", "ls", "-q", tag):
        file = its_archive()
        with step(f"image {name}: import"):
            docker("import", str(file), tag)
    return tag


def archive(made_of: BaseImage) -> Path:
    return cached(f"{made_of.name}.tar", lambda staged: _build(made_of, staged))


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """The file or folder of the cache, built where it is not there, in the place of what else is named KIND-HASH."""
    made = CACHE / name
    if not made.exists():
        staged = made.with_suffix(".partial")
        _remove(staged)
        build(staged)
        for old in set(CACHE.glob(f"{name.partition('-')[0]}-*")) - {staged}:
            _remove(old)
        staged.rename(made)
    return made


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


@contextmanager
def workplace(what: str, *programs: str) -> Iterator[tuple[Path, root.Show]]:
    """The name of a root folder to be made, and how to show what is done. Raises EnvivoError for what it takes."""
    if os.geteuid() != 0:
        raise EnvivoError(what, "only root can make it", as_root("lab up"))
    need("chroot", "mount", "tar", "unshare", *programs)
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    ensure_space(CACHE)
    for left_by_a_kill in CACHE.glob("root.*"):
        shutil.rmtree(left_by_a_kill)
    with TemporaryDirectory(dir=CACHE, prefix="root.") as directory, step(what) as show:
        yield Path(directory, "root"), show


def pack(folder: Path, file: Path) -> None:
    run("tar", "-C", str(folder), "--numeric-owner", "-cf", str(file), ".", fix=f"df -h {CACHE}")


def _build(made_of: BaseImage, file: Path) -> None:
    if not Path(apt.KEYRING).exists():
        raise EnvivoError(apt.KEYRING, "is missing", "apt-get install -y debian-archive-keyring")
    with workplace(f"base image: Debian {made_of.release}", "debootstrap") as (folder, show):
        options = made_of.files[_OPTIONS]
        root.debootstrap(folder, made_of.mirror, made_of.release, _PACKAGES, options, show)
        show("configure")
        _configure(folder, made_of.files)
        show("pack")
        pack(folder, file)


def _configure(folder: Path, files: Mapping[str, str]) -> None:
    for pattern in _REMOVED:
        for file in folder.glob(pattern):
            file.unlink()
    root.write(folder, files)
    for name in MASKED:
        (folder / "etc" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "etc" / name).symlink_to("/dev/null")
    (folder / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    if any(name.endswith(".crt") for name in files):
        run("chroot", str(folder), "update-ca-certificates", fix=f"look at {_CERTIFICATES}")


def remove() -> None:
    tags = docker("image", "ls", "-q", REPOSITORY).split()
    if tags:
        docker("image", "rm", "--force", *sorted(set(tags)))
