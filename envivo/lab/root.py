"""A root folder of Debian, made and added to at this machine's own speed; nothing of it is started.

What works in it has namespaces of its own and ends with the command that began it: killed half-way, that leaves neither
processes nor mounts below a folder that is to be removed.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.lab import apt
from envivo.lab.programs import follow, run
from envivo.lab.topology import DebianRelease

Show = Callable[[str], None]

CONTAINED = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"),
)
# Names are looked up as this machine does it.
_ENTER = """
for file in /etc/resolv.conf /etc/hosts; do mount --bind "$file" "$1$file"; done
mount -t proc proc "$1/proc"
exec chroot "$1" sh -euc "$2"
"""
_POLICY = "usr/sbin/policy-rc.d"
"""What maintainer scripts ask whether a service may be started; 101 is no."""


def debootstrap(
    root: Path, mirror: apt.AptMirror, release: DebianRelease, packages: Sequence[str], options: str, show: Show
) -> None:
    argv = ["debootstrap", "--variant=minbase", "--force-check-gpg", f"--keyring={apt.KEYRING}"]
    argv += [f"--include={','.join(packages)}", release, str(root), mirror.archive]
    env = {**os.environ, **apt.proxies(options)}
    code, said = follow(*CONTAINED, *argv, env=env, show=lambda line: show(step_of(line)))
    if code:
        reason = complaint(said)
        fix = f"check that {mirror.archive} answers and has {release}"
        if "unknown key" in reason:
            package = "debian-archive-keyring"
            fix = f"install a {package} that has the key of {release}: apt-get install -y {package}"
        raise EnvivoError("debootstrap", reason, fix)


def unpack(archive: Path, root: Path) -> None:
    root.mkdir(mode=0o755)
    run("tar", "-C", str(root), "--numeric-owner", "-xpf", str(archive), fix=f"df -h {root}; else rm {archive}")


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_text(text)


def install(root: Path, packages: Sequence[str], show: Show, afterwards: str = "true") -> None:
    """The packages and what they need, no more; then the commands `afterwards`, in the folder as well."""
    refuse = root / _POLICY
    refuse.write_text("#!/bin/sh\nexit 101\n")
    refuse.chmod(0o755)
    script = f"""
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt-get -q update
apt-get -q -o DPkg::Options::=--force-unsafe-io install -y --no-install-recommends {" ".join(packages)}
apt-get -q clean
rm -rf /var/lib/apt/lists/*_*
{afterwards}
"""
    enter = ("sh", "-euc", _ENTER, "enter", str(root), script)
    code, said = follow(*CONTAINED, *enter, show=lambda line: show(step_of(line)))
    refuse.unlink()
    if code:
        raise EnvivoError(
            "apt-get install", complaint(said), f"to see why, run on a lab host: apt-get install {' '.join(packages)}"
        )


def step_of(line: str) -> str:
    """ "I: Unpacking libc6:amd64..." -> "Unpacking libc6"."""
    return re.sub(r":amd64\b.*", "", re.sub(r"^[IWE]: ", "", line.strip())).rstrip(".")


def complaint(said: list[str]) -> str:
    """What debootstrap or apt gives as the reason: its error lines, else the last one."""
    errors = [line.removeprefix("E: ") for line in said if line.startswith("E: ")]
    return "; ".join(errors) or (said or ["no output"])[-1]
