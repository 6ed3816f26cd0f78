"""How OpenSSH's configuration resolves a destination."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from envivo.ssh import config


class Route(NamedTuple):
    host: str
    """Name or address that SSH connects to."""
    jump: str
    """The host or command in between; empty: none."""
    user: str = ""
    port: int = 22
    alias: str = ""
    """The name under which the host's key is known, where the configuration gives one."""
    keys: tuple[str, ...] = ()
    """Files of the private keys that are tried, whether they exist or not."""


def route(name: str, data: Mapping[str, Any]) -> Route | None:
    """What `ssh -G` (ssh(1)) prints; None where it fails, for example because ssh is not installed."""
    with TemporaryDirectory(prefix="envivo-") as directory:
        return resolved(config.write(Path(directory), data.get("ssh_config_file")).file, name, data)


def resolved(file: Path, name: str, data: Mapping[str, Any]) -> Route | None:
    """`route`, with a configuration that config.write has written."""
    ask = ["ssh", "-G", "-F", str(file), *config.options(data), "--", config.destination(name, data)]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(done.stdout) if done.returncode == 0 else None


def parse(said: str) -> Route:
    """`said`: lines of keyword and value, as `ssh -G` prints them; a jump that is `none` is left out."""
    lines = [line.split(" ", 1) for line in said.splitlines() if " " in line]
    values = dict(lines)
    keys = tuple(value for keyword, value in lines if keyword == "identityfile")
    jump = values.get("proxyjump") or values.get("proxycommand") or ""
    return Route(
        values.get("hostname", ""), "" if jump == "none" else jump,
        values.get("user", ""), int(values.get("port", 22)), values.get("hostkeyalias", ""), keys,
    )  # fmt: skip
