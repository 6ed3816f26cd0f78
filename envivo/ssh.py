"""How OpenSSH's configuration resolves a destination."""

import subprocess
from typing import NamedTuple

from envivo.inventory import Host


class Route(NamedTuple):
    host: str
    """Name or address that SSH connects to."""
    jump: str
    """The host or command in between; empty: none."""


def route(host: Host) -> Route | None:
    """What `ssh -G` (ssh(1)) prints; None where it fails, for example because ssh is not installed."""
    given = host.data.get("ssh_config_file")
    config = ["-F", str(given)] if given else []
    try:
        done = subprocess.run(
            ["ssh", "-G", *config, "--", host.address], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(done.stdout) if done.returncode == 0 else None


def parse(said: str) -> Route:
    """`said`: lines of keyword and value, as `ssh -G` prints them; a jump that is `none` is left out."""
    values = dict(line.split(" ", 1) for line in said.splitlines() if " " in line)
    jump = values.get("proxyjump") or values.get("proxycommand") or ""
    return Route(values.get("hostname", ""), "" if jump == "none" else jump)
