"""Running the machine's programs: what they say when they fail becomes one sentence."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from envivo.core.errors import EnvivoError

_PACKAGES = {
    "apt-config": "apt",
    "chroot": "coreutils",
    "debootstrap": "debootstrap",
    "docker": "docker.io",
    "dockerd": "docker.io",
    "ip": "iproute2",
    "mke2fs": "e2fsprogs",
    "mount": "mount",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "tar": "tar",
    "unshare": "util-linux",
}


def missing(*programs: str) -> EnvivoError:
    packages = sorted({_PACKAGES[program] for program in programs})
    return EnvivoError(", ".join(programs), "not installed", f"apt-get install -y {' '.join(packages)}")


def need(*programs: str) -> None:
    """Raises one EnvivoError that names every one of the programs that is not installed."""
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        raise missing(*absent)


def attempt(*argv: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Exit code, stdout, stderr. Raises EnvivoError where the program is not installed."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, env=env, check=False)
    except FileNotFoundError:
        raise missing(argv[0]) from None
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def run(*argv: str, fix: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
    """Stdout; EnvivoError with the last line of stderr and `fix` where the program fails."""
    code, out, err = attempt(*argv, stdin=stdin, env=env)
    if code:
        raise EnvivoError(" ".join(argv[:2]), last_line(err) or f"exit code {code}", fix)
    return out


def follow(*argv: str, show: Callable[[str], None], env: Mapping[str, str] | None = None) -> tuple[int, list[str]]:
    """Exit code, and the lines of what the program said, each shown as soon as it comes."""
    said: list[str] = []
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in process.stdout:
            said.append(line.strip())
            show(line)
    return process.returncode, said


def as_root(arguments: str) -> str:
    """The command with which root runs envivo: sudo's PATH has no virtual environment."""
    here = Path(sys.executable).with_name("envivo")
    return f"sudo {shlex.quote(str(here)) if here.exists() else 'envivo'} {arguments}"


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
