"""ONVIF cameras of a camera host's networks. The host needs Python and nothing of envivo: it is sent the program."""

import io
import json
import re
import shlex
import zipfile
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError

from envivo.core.errors import Unfit
from envivo.core.paths import PACKAGE
from envivo.remote import CommandResult, RemoteShell
from envivo.roles.camera.address import camera_url, host_and_port
from envivo.roles.camera.settings import USER, Camera
from envivo.verify.findings import Finding

_MODULES = ("__init__.py", "ipcam/__init__.py", "ipcam/address.py", "ipcam/plain.py", "onvif/*.py")
_START = (
    "import os, sys; size = int(sys.stdin.buffer.readline()); file = os.memfd_create('envivo'); "
    "os.write(file, sys.stdin.buffer.read(size)); sys.path.insert(0, f'/proc/self/fd/{file}'); "
    "from envivo_agent.onvif.__main__ import main; sys.exit(main(['--stdin']))"
)
"""Takes the program from standard input, so that nothing is left on the host."""
_WITHIN_S = 40
_LONGEST = 1 << 20
MODERATE = 1920 * 1080
"""Pixels of the largest picture that is proposed."""

Shown = Annotated[str, StringConstraints(pattern=r"^[ -~]*$", max_length=400)]
"""For a terminal, whatever the host sends."""


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Stream(_Answer):
    """A profile. 0, empty: not known. `problem`: why `url` is not known, or cannot be used."""

    name: Shown
    codec: Shown
    width: int
    height: int
    fps: float
    kbps: int
    url: Shown
    problem: Shown

    @property
    def words(self) -> str:
        size = f"{self.width}x{self.height}" if self.width and self.height else "size not known"
        rates = (f"{self.fps:g} fps" if self.fps else "", f"{self.kbps} kbit/s" if self.kbps else "")
        return ", ".join(word for word in (self.codec or "codec not known", size, *rates) if word)


class Discovered(_Answer):
    """A camera that answered the search."""

    address: Shown
    name: Shown
    model: Shown
    service: Shown
    kind: Literal["", "password-wanted", "password-refused", "failed"]
    problem: Shown
    fix: Shown
    streams: tuple[Stream, ...]

    @property
    def title(self) -> str:
        return ", ".join(dict.fromkeys(word for word in (self.name, self.model) if word)) or "no name"

    @property
    def best(self) -> Stream | None:
        """The stream to take: H.264 first, then the largest of moderate size, then the smallest."""

        def order(stream: Stream) -> tuple[bool, bool, int]:
            pixels = stream.width * stream.height
            moderate = 0 < pixels <= MODERATE
            return stream.codec != "H264", not moderate, -pixels if moderate else pixels

        fitting = [stream for stream in self.streams if stream.url and not stream.problem and _fits(stream.url)]
        return min(fitting, key=order, default=None)


class Discovery(_Answer):
    """What one host found. `more`: cameras beyond the most that are listed."""

    interfaces: tuple[Shown, ...]
    unsent: tuple[Shown, ...]
    more: int
    cameras: tuple[Discovered, ...]


def is_user(name: str) -> bool:
    """Whether the settings of a camera take this user."""
    return bool(re.fullmatch(USER, name))


def program() -> bytes:
    """The parts of the agent that search, as a zip file that Python imports from."""
    source = PACKAGE / "agent"
    package = source / "envivo_agent"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(file for pattern in _MODULES for file in package.glob(pattern)):
            archive.writestr(str(file.relative_to(source)), file.read_bytes())
    return packed.getvalue()


def discover(
    shell: RemoteShell, host: str, user: str, password: SecretStr, only: Iterable[str] = ()
) -> Discovery | Finding:
    """Cameras of the networks of a host. `only`: addresses of those that get the login. Raises UnreachableError."""
    login = {"user": user, "password": password.get_secret_value(), "only": list(only)}
    packed, said = program(), bytearray()

    def take(piece: bytes) -> None:
        said.extend(piece[: _LONGEST - len(said)])

    shell.ask()
    command = f"cd / && timeout {_WITHIN_S} /usr/bin/python3 -I -B -c {shlex.quote(_START)}"
    source = (f"{len(packed)}\n".encode(), packed, f"{json.dumps(login)}\n".encode())
    done = shell.stream(command, source, take)
    try:
        return Discovery.model_validate_json(bytes(said))
    except ValidationError:
        what, fix = _failure(done)
        return Finding(host, "cameras-not-searched", what, fix)


def _failure(done: CommandResult) -> tuple[str, str]:
    """What is wrong, and what to do."""
    if done.code == 127:
        return "/usr/bin/python3 is not installed", "apt-get install python3, or envivo deploy ENV"
    if done.code == 124:
        return f"the search took longer than {_WITHIN_S} s", "run the command again"
    lines = [line for line in done.err.splitlines() if line.strip() and line.isprintable()]
    why = lines[-1][:200] if lines else f"exit code {done.code}"
    return f"the search failed ({why})", "it needs Linux and Python 3.10 or newer"


def problems(host: str, found: Discovery) -> Iterator[Finding]:
    """A camera that wants a login, and got none, is only listed."""
    if not found.interfaces:
        fix = "connect it to the cameras' network: ip -4 address"
        yield Finding(host, "cameras-not-searched", "has no IPv4 network with multicast to search", fix)
    elif len(found.unsent) == len(found.interfaces):
        what = f"no network took the search: {', '.join(found.unsent)}"
        yield Finding(host, "cameras-not-searched", what, "look at its networks and firewall: ip -4 address")
    elif not found.cameras:
        what = f"no ONVIF camera answered on {', '.join(found.interfaces)}"
        fix = (
            "switch ONVIF and its discovery on in the camera's own page, put the camera into one of these networks, "
            "and let the host's firewall accept UDP from port 3702"
        )
        yield Finding(host, "no-cameras-found", what, fix)
    for camera in found.cameras:
        if camera.problem and camera.kind != "password-wanted":
            yield Finding(host, "camera-not-listed", f"{camera.address}: {camera.problem}", camera.fix)


def unseen(seen: Mapping[str, Discovery], only: Iterable[str]) -> Iterator[Finding]:
    """Cameras that were to get a login, and that no host has found."""
    found = {camera.address for answer in seen.values() for camera in answer.cameras}
    for address in only if found else ():
        if address not in found:
            what = f"{address} did not answer the search"
            fix = "see the listed addresses; or switch ONVIF on in the camera's own page"
            yield Finding(", ".join(seen), "no-cameras-found", what, fix)


def names(cameras: Iterable[Discovered], taken: Container[str]) -> dict[str, str]:
    """Address -> a name for the camera's settings and path, which nothing else has."""
    found: dict[str, str] = {}
    for camera in cameras:
        short = f"cam{camera.address.rpartition('.')[2]}"
        long = f"cam-{camera.address.replace('.', '-')}"
        found.setdefault(camera.address, long if short in taken or short in found.values() else short)
    return found


def configured(cameras: Mapping[str, Camera], address: str) -> list[str]:
    """Names of the IP cameras at this address that the settings have."""
    return [name for name, camera in cameras.items() if camera.url and host_and_port(camera.url)[0] == address]


def entry(stream: Stream, user: str, host: str) -> dict[str, str]:
    """Of the settings, below `cameras`, without the password. `host`: empty where there is only one."""
    given = {"host": host, "source": "rtsp", "url": stream.url, "user": user}
    return {key: value for key, value in given.items() if value}


def as_python(name: str, fields: Mapping[str, Any]) -> str:
    """The line for group data. The password is a reference: the command knows it, the settings must not."""
    words = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items()]
    words += [f'"password": secret("camera-{name}")'] if "user" in fields else []
    return f"{json.dumps(name)}: {{{', '.join(words)}}},"


def _fits(url: str) -> bool:
    try:
        camera_url(url)
    except (Unfit, ValueError):
        return False
    return True
