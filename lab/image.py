"""The base images of lab hosts: a bare Debian with systemd and sshd, made by debootstrap out of Debian's packages."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from envivo import places
from envivo.errors import EnvivoError
from lab import apt
from lab.engine import docker, ensure_space
from lab.programs import need, run
from lab.progress import step
from lab.topology import Release

CACHE = places.CACHE / "lab"
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
    "etc/machine-id": "",  # empty: each host makes its own, and systemd does not take it for a first boot
    "etc/hostname": "",
    "etc/resolv.conf": "",
    "etc/apt/sources.list": "",
}
_MASKED = (
    "systemd/system/systemd-modules-load.service",  # no kernel modules in a container: `degraded` (lab.md 1)
    # kernel.* is not of the container but of the machine that carries it
    "sysctl.d/50-default.conf",
    "sysctl.d/50-pid-max.conf",
)
_REMOVED = (
    "var/lib/dbus/machine-id",
    "etc/ssh/ssh_host_*",
    "var/cache/apt/archives/*.deb",
    "var/lib/apt/lists/*_*",
    "var/log/bootstrap.log",
)


def ensure(release: Release) -> str:
    """The tag of the release's image, built, cached or imported as far as that is still to do."""
    mirror = apt.machine_mirror(os.environ.get("ENVIVO_LAB_MIRROR"))
    certificates = {str(file.relative_to("/")): file.read_text() for file in sorted(_CERTIFICATES.glob("*.crt"))}
    files = {**_FILES, **apt_files(mirror, release, apt.machine_options(), certificates)}
    name = f"{release}-{key(mirror, files)}"
    tag = f"{REPOSITORY}:{name}"
    if docker("image", "ls", "-q", tag):
        return tag
    archive = CACHE / f"{name}.tar"
    if not archive.exists():
        _build(mirror, release, files, archive)
    with step(f"base image: import Debian {release}"):
        docker("import", str(archive), tag)
    return tag


def key(mirror: apt.Mirror, files: dict[str, str]) -> str:
    made_of = (_PACKAGES, mirror, sorted(files.items()), _MASKED, _REMOVED, os.uname().machine)
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:12]


def apt_files(
    mirror: apt.Mirror, release: Release, options: list[str], certificates: Mapping[str, str]
) -> dict[str, str]:
    """What apt on a host reads; the machine's own certificate authorities where the mirror is behind TLS."""
    return {
        "etc/apt/sources.list.d/debian.sources": mirror.sources(release),
        _OPTIONS: "".join(
            f"{option}\n" for option in ('Acquire::Retries "3";', 'Acquire::Languages "none";', *options)
        ),
        **(certificates if mirror.archive.startswith("https:") else {}),
    }


def _build(mirror: apt.Mirror, release: Release, files: dict[str, str], archive: Path) -> None:
    if os.geteuid() != 0:
        raise EnvivoError("base image", "only root can make it", "sudo envivo lab up")
    need("debootstrap", "unshare", "tar")
    if not Path(apt.KEYRING).exists():
        raise EnvivoError(apt.KEYRING, "is missing", "apt-get install -y debian-archive-keyring")
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    ensure_space(CACHE)
    for left_by_a_kill in CACHE.glob("root.*"):
        shutil.rmtree(left_by_a_kill)
    with TemporaryDirectory(dir=CACHE, prefix="root.") as directory, step(f"base image: Debian {release}") as show:
        root = Path(directory, "root")
        _debootstrap(mirror, release, root, files[_OPTIONS], show)
        show("configure")
        _configure(root, files)
        show("pack")
        staged = archive.with_suffix(".partial")
        run("tar", "-C", str(root), "--numeric-owner", "-cf", str(staged), ".", fix=f"df -h {CACHE}")
        for old in CACHE.glob(f"{release}-*.tar"):
            old.unlink()
        staged.rename(archive)


def _debootstrap(mirror: apt.Mirror, release: Release, root: Path, options: str, show: Callable[[str], None]) -> None:
    # In namespaces of its own: killed half-way, it leaves neither processes nor mounts below a directory to be removed.
    argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    argv += ["debootstrap", "--variant=minbase", "--force-check-gpg", f"--keyring={apt.KEYRING}"]
    argv += [f"--include={','.join(_PACKAGES)}", release, str(root), mirror.archive]
    said: list[str] = []
    env = {**os.environ, **apt.proxies(options)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in process.stdout:
            said.append(line.strip())
            show(step_of(line))
    if process.returncode:
        reason = complaint(said)
        fix = f"check that {mirror.archive} answers and has {release}"
        if "unknown key" in reason:
            fix = "apt-get install -y debian-archive-keyring, one that knows the release's key"
        raise EnvivoError("debootstrap", reason, fix)


def step_of(line: str) -> str:
    """ "I: Unpacking libc6:amd64..." -> "Unpacking libc6"."""
    return re.sub(r"^[IWE]: ", "", line.strip()).rstrip(".").removesuffix(":amd64")


def complaint(said: list[str]) -> str:
    """What debootstrap gives as the reason: its error lines, else the last one."""
    errors = [line.removeprefix("E: ") for line in said if line.startswith("E: ")]
    return "; ".join(errors) or (said or ["said nothing"])[-1]


def _configure(root: Path, files: dict[str, str]) -> None:
    for pattern in _REMOVED:
        for file in root.glob(pattern):
            file.unlink()
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_text(text)
    for name in _MASKED:
        (root / "etc" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "etc" / name).symlink_to("/dev/null")
    (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    if any(name.endswith(".crt") for name in files):
        run("chroot", str(root), "update-ca-certificates", fix=f"look at {_CERTIFICATES}")


def remove() -> None:
    tags = docker("image", "ls", "-q", REPOSITORY).split()
    if tags:
        docker("image", "rm", "--force", *sorted(set(tags)))
