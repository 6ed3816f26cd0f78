"""A project beside the checkout, for one lab host that has every role: a page with TLS, a relay, a camera."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.lab import BIN, LONGEST_S, Lab

HOST, NAME = "media.envivo.test", "attic"
SETTINGS = """
from envivo import environment, secret
from envivo.internal_ca import ensure_internal_ca

settings = environment(
    public_address={address!r},
    web={{"domain": {host!r}, "tls": {{"issuer": "internal", **ensure_internal_ca("home")}}}},
    turn={{"domain": {host!r}, "address": {address!r}, "secret": secret("turn")}},
    mediamtx={{
        "monitor": {{"user": "monitor", "password": secret("monitor")}},
        "paths": {{
            "webcam": {{
                "publisher": {{"user": "webcam", "password": secret("publish-webcam")}},
                "viewers": [{{"user": "viewer", "password": secret("view-webcam")}}],
            }},
        }},
    }},
    cameras={{"webcam": {{"source": "test"}}}},
)
"""


@dataclass(frozen=True)
class Home:
    directory: Path
    lab: Lab

    @property
    def record(self) -> Path:
        return self.directory / ".envivo/hosts/home.json"

    def on_host(self, command: str, check: bool = True) -> str:
        return self.lab.run(self.lab.media, command, check=check).stdout

    def command(self, *arguments: str | Path) -> list[str]:
        return [str(BIN / "envivo"), *map(str, arguments)]

    @property
    def environ(self) -> dict[str, str]:
        return {**self.lab.environ, "ENVIVO_PROJECT": str(self.directory)}

    def envivo(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self._run(self.command(*arguments))

    def deploy(self) -> list[str]:
        """The operations that changed something."""
        words = [str(BIN / "pyinfra"), "inventories/home.py", "deploy.py", "-y", "--json"]
        done = self._run(words)
        assert done.returncode == 0, done.stderr
        return [one["name"] for one in json.loads(done.stdout)["results"]["operations"] if one["success"]]

    def _run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.directory, env=self.environ, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip


def make_home(directory: Path, lab: Lab) -> Home:
    ((host, address),) = lab.hosts.items()
    keys = Path(lab.ssh_key)
    reached = {
        "ssh_hostname": address,
        "ssh_user": "root",
        "ssh_key": str(keys),
        "ssh_known_hosts_file": str(keys.parent / "known_hosts"),
        "ssh_config_file": os.devnull,
    }
    lab.run(host, f"grep -q {HOST} /etc/hosts || echo {address} {HOST} >>/etc/hosts")
    home = Home(directory, lab)
    made = home.envivo("init", "--kind", "lan", "--host", address, "--name", "home", directory)
    assert made.returncode == 0, made.stderr
    inventory = f"media = turn = cameras = [({NAME!r}, {reached!r})]\n"
    (directory / "inventories/home.py").write_text(inventory)
    (directory / "group_data/home.py").write_text(SETTINGS.format(address=address, host=HOST))
    return home
