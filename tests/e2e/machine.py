"""Where `envivo lab` runs in these tests: this machine, or one of its own made of namespaces."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from envivo.core import paths
from envivo.lab import image
from tests.patience import patient

SPARE = "10.86.0.41"
STATE = paths.STATE / "lab"


class Machine:
    """Where commands run: this machine (`enter` is empty) or one made of namespaces."""

    def __init__(self, *enter: str) -> None:
        self.enter = enter

    def run(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.enter, "env", *(f"{name}={value}" for name, value in env.items()), *argv],
            capture_output=True,
            text=True,
            timeout=patient(90),
            check=False,
        )

    def lab(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-c", "from envivo.cli import main; main()", "lab", *argv, **env)

    def output(self, *argv: str) -> str:
        done = self.run(*argv)
        assert done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def ssh(self, address: str, command: str) -> str:
        options = ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={STATE / 'known_hosts'}", "BatchMode=yes")
        flags = [flag for option in options for flag in ("-o", option)]
        return self.output("ssh", "-F", "none", *flags, "-i", str(STATE / "id_ed25519"), f"root@{address}", command)


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


@contextmanager
def bare_machine() -> Iterator[Machine]:
    """A machine without any network, whose cache is this machine's."""
    for left in image.CACHE.glob("machine.*"):
        if not Path("/proc", left.name.split(".")[1]).exists():  # its process was killed
            shutil.rmtree(left)
    with TemporaryDirectory(dir=image.CACHE, prefix=f"machine.{os.getpid()}.") as directory:
        for name in ("run", "docker", "state"):
            Path(directory, name).mkdir()
        argv = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        argv += ["sh", "-eu", "-c", _BOOT, "boot", directory, str(paths.STATE)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as outside:
            assert outside.stdout is not None
            try:
                assert outside.stdout.readline() == "booted\n"
                pid = Path(f"/proc/{outside.pid}/task/{outside.pid}/children").read_text().strip()
                yield Machine("nsenter", "--target", pid, "--net", "--mount", "--pid")
            finally:
                outside.kill()
