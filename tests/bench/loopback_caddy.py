"""Caddy as hosts get it, program and configuration, on loopback."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from envivo.artifacts import Artifacts, Image, PinnedFile
from envivo.core.errors import EnvivoError
from envivo.core.polling import until
from envivo.orchestration.environment import Environment
from envivo.roles.media import desired, shown

HOST = "127.0.0.1"
STARTS_WITHIN_S = 30


@dataclass(frozen=True)
class Caddy:
    origin: str
    process: subprocess.Popen[bytes]
    root: Path
    """What containers have at /srv: web/ and recordings/."""
    log: Path

    def cpu_s(self) -> float:
        """User's and system's CPU time of the process so far (proc_pid_stat(5)), in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def refusals(self) -> list[dict[str, Any]]:
        """The lines about refused passwords, in order."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("logger") == "http.log.access.refused"]


def caddyfile(settings: Environment, root: Path, tls: Path, low_ports: tuple[int, int]) -> str:
    """The rendered file with the places and ports of this machine instead of a host's.

    `low_ports`: for 80 and 443.
    """
    image = Image("", "", Path(), "")
    artifacts = Artifacts(mediamtx=image, caddy=image, hls_js=PinnedFile(Path(), ""))
    text = desired.caddy_config(settings.media, artifacts).content
    http, https = low_ports
    text = re.sub(r"admin unix/\S+", f"admin off\n\thttp_port {http}\n\thttps_port {https}", text, count=1)
    text = text.replace(desired.CADDY_TLS.replace(desired.CADDY_DIRECTORY, "/etc/caddy"), str(tls))
    text = text.replace("/etc/caddy", str(root.parent))  # where `envivo maintenance` writes
    return text.replace(f"{shown.WEB_ROOT}/", f"{root}/").replace(f"root {shown.WEB_ROOT}\n", f"root {root}\n")


@contextmanager
def loopback_caddy(
    settings: Environment,
    directory: Path,
    program: Path,
    change: Callable[[str], str] = str,
    low_ports: tuple[int, int] = (80, 443),
) -> Iterator[Caddy]:
    """`change`: of the rendered file. `low_ports`: those that are 80 and 443 where the page has a name.

    Raises EnvivoError where it does not start.
    """
    root, tls, file, log = (directory / name for name in ("srv", "tls", "Caddyfile", "caddy.log"))
    for folder in (root / "recordings", root / "web", tls):
        folder.mkdir(parents=True, exist_ok=True)
    for one in desired.access(settings.media):
        if one.path.startswith(f"{desired.CADDY_TLS}/"):
            (tls / Path(one.path).name).write_bytes(one.content)  # type: ignore[union-attr]
    file.write_text(change(caddyfile(settings, root, tls, low_ports)))
    origin = f"http://{HOST}:{settings.web.port}"
    environ = {"XDG_DATA_HOME": str(directory / "data"), "XDG_CONFIG_HOME": str(directory), "HOME": str(directory)}
    with log.open("wb") as said:
        argv = [str(program), "run", "--config", str(file), "--adapter", "caddyfile"]
        process = subprocess.Popen(argv, stdout=said, stderr=said, env=environ, cwd="/")
    try:
        health = f"http://{HOST}:{settings.web.health_port}/healthz"
        if not until(bool, lambda: process.poll() is not None or _answers(health), STARTS_WITHIN_S, 0.05):
            raise EnvivoError("Caddy", f"does not answer in {STARTS_WITHIN_S} s", log.read_text()[-500:])
        if process.poll() is not None:
            raise EnvivoError("Caddy", "does not start", log.read_text()[-500:])
        yield Caddy(origin, process, root, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
