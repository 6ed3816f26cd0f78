"""A person's computer in the lab, with the programs that `envivo urls` prints lines for, and without a screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from filelock import FileLock
from pydantic import SecretStr

from envivo.clients import MASK
from envivo.core.paths import CACHE
from tests.e2e.lab import Lab
from tests.patience import patient, until

PACKAGES = (
    "ca-certificates ffmpeg glib-networking gstreamer1.0-libav gstreamer1.0-plugins-bad gstreamer1.0-plugins-base"
    " gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly gstreamer1.0-rtsp gstreamer1.0-tools libgl1-mesa-dri mpv"
    " obs-plugins obs-studio simple-whip-client vlc-bin vlc-plugin-base xauth xvfb"
)
PERSON = "person"
HOME = f"/home/{PERSON}"
_AT_MOST_S = int(patient(90))
_INSTALLED_WITHIN_S = 300
_NUMBERS = count(1)


@contextmanager
def installing() -> Iterator[None]:
    """One installation of packages at a time on this machine: several together take longer than one after the other."""
    with FileLock(CACHE / "lab" / "apt.lock"):
        yield


@dataclass(frozen=True)
class Program:
    """A line that runs on the computer."""

    studio: "Studio"
    unit: str

    @property
    def said(self) -> str:
        """What it has printed, without the passwords of its line."""
        said = self.studio.lab.run(self.studio.host, f"cat {HOME}/{self.unit}.said").stdout
        for secret in self.studio.secrets:
            said = said.replace(secret, MASK)
        return said

    @property
    def runs(self) -> bool:
        return self.studio.lab.run(self.studio.host, f"systemctl is-active -q {self.unit}", check=False).returncode == 0

    def end(self) -> None:
        self.studio.lab.run(self.studio.host, f"systemctl stop {self.unit}; rm -f {HOME}/{self.unit}.*", check=False)


@dataclass(frozen=True)
class Studio:
    lab: Lab
    host: str
    secrets: tuple[str, ...] = field(repr=False)
    """Not to be seen in what a failing test tells."""

    def prepare(self) -> None:
        self.lab.run(self.host, f"id {PERSON} >/dev/null 2>&1 || useradd --create-home {PERSON}")
        # a computer of the lab need not survive a power cut: half the time
        install = f"apt-get install -y -q -o DPkg::Options::=--force-unsafe-io --no-install-recommends {PACKAGES}"
        apt_line = SecretStr(f"export DEBIAN_FRONTEND=noninteractive; apt-get update -q && {install}")
        with installing(), self.running(apt_line, "root", _INSTALLED_WITHIN_S) as apt:
            ended = until(lambda runs: not runs, lambda: apt.runs, _INSTALLED_WITHIN_S, 1)
            assert not ended, f"packages: not installed yet:\n{apt.said[-2000:]}"
            assert self.lab.run(self.host, "command -v obs mpv vlc ffplay gst-launch-1.0").returncode == 0, apt.said

    def trust(self, authority: str) -> None:
        """`authority`: PEM of whom the computer trusts besides its distribution's; empty: nobody."""
        file = f"/usr/local/share/ca-certificates/envivo-{self.lab.env}.crt"
        self.write(file, authority) if authority else self.lab.run(self.host, f"rm -f {file}")
        self.lab.run(self.host, "update-ca-certificates --fresh")

    @contextmanager
    def running(self, line: SecretStr, user: str = PERSON, at_most_s: int = _AT_MOST_S) -> Iterator[Program]:
        """The line as a program of the person, until the block ends. It comes by stdin: no other process shows it."""
        program = Program(self, f"envivo-{next(_NUMBERS)}")
        script, said = f"{HOME}/{program.unit}.sh", f"{HOME}/{program.unit}.said"
        self.write(script, f"{line.get_secret_value()}\n", user, 600)
        home = f"-E HOME={HOME} -E XDG_RUNTIME_DIR={HOME}" if user == PERSON else ""
        options = (
            f"-q --collect --unit {program.unit} --uid {user} -p WorkingDirectory={HOME}"
            f" -p RuntimeMaxSec={patient(at_most_s)} -p TimeoutStopSec=10 -p KillSignal=SIGINT"
            f" -p StandardOutput=file:{said} -p StandardError=file:{said}"
            f" -E LANG=C.UTF-8 -E LIBGL_ALWAYS_SOFTWARE=1 -E GST_DEBUG=ERROR {home}"
        )
        try:
            self.lab.run(self.host, f"systemd-run {options} bash {script}")
            yield program
        finally:
            program.end()

    def write(self, file: str, text: str, user: str = "root", mode: int = 644) -> None:
        self.lab.run(self.host, f"install -D -m {mode} -o {user} -g {user} /dev/stdin {file}", stdin=text)
