"""The wheel of this checkout, and a virtual environment that has it and its dependencies, and not the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from envivo.core.paths import PROJECT as ROOT

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def tracked(*below: str) -> list[str]:
    """Files of the checkout, links too, also those that are not committed yet."""
    listed = ["git", "ls-files", "-z", "-co", "--exclude-standard", "--", *below]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(name for name in set(names) if os.path.lexists(ROOT / name) and name)


def build(into: Path) -> Path:
    """The wheel, built from a copy: setuptools leaves its own traces, and takes them for sources the next time."""
    source = into / "source"
    for name in tracked():
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy, follow_symlinks=False)
    command = [*PIP, "wheel", str(source), "--no-deps", "--no-build-isolation", "-w", str(into)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (wheel,) = into.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installed:
    """A virtual environment, by its directory."""

    venv: Path

    @property
    def python(self) -> str:
        return str(self.venv / "bin" / "python")

    def run(self, cwd: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Without what this process's variables say of projects and paths."""
        foreign = ("ENVIVO_PROJECT", "ENVIVO_TOPOLOGY", "PYTHONPATH")
        environ = {name: value for name, value in os.environ.items() if name not in foreign}
        return subprocess.run(
            command, cwd=cwd, env={**environ, **variables}, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def envivo(self, cwd: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(cwd, str(self.venv / "bin" / "envivo"), *arguments, **variables)

    def pyinfra(self, cwd: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(cwd, self.python, "-m", "pyinfra", *arguments, **variables)


def install(wheel: Path, venv: Path) -> Installed:
    """Dependencies are those of this process: their directory is on the path, and its own .pth files are not read."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    command = [*PIP, "--python", str(venv / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return Installed(venv)
