"""The real MediaMTX and Caddy, asked what they make of a configuration; nothing listens where anybody could come."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from envivo.orchestration.environment import Environment
from envivo.roles.media import desired
from envivo.state.desired import File
from tests.patience import patient
from tests.unit.meaning import judge
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.pairs import signed

_SECONDS = 10
MARK = "from-the-environment-of-Caddy"
"""In its environment: what stands for a variable must not be in a configuration."""


class RefusedError(Exception):
    """By one of the programs, in its words."""


class Programs:
    def __init__(self, caddy: Path, network: "subprocess.Popen[str]", directory: Path) -> None:
        self._caddy, self._network, self._directory, self._jobs = caddy, network, directory, 0
        pair = signed("media.company.net")
        (directory / "server.crt").write_text(pair.certificate)
        (directory / "server.key").write_text(pair.key)

    def mediamtx(self, settings: Environment) -> dict[str, Any]:
        """Its answers, by what it was asked. Raises RefusedError."""
        file = self._directory / "mediamtx.yml"
        config = desired.mediamtx_config(settings.media, ARTIFACTS)
        file.write_text(config.content)
        as_switched = dict(re.findall(r" -e (MTX_\w+)=(\w+) ", config.script))
        monitor = settings.mediamtx.monitor
        pair = {f"MTX_{kind}SERVER{what}": str(self._directory / f"server.{suffix}")
                for kind in ("RTSP", "RTMP") for what, suffix in (("CERT", "crt"), ("KEY", "key"))}  # fmt: skip
        self._jobs += 1
        job = {
            "number": self._jobs,
            "file": str(file),
            "port": settings.mediamtx.api_port,
            "credentials": f"{monitor.user}:{monitor.password.get_secret_value()}",
            # nothing of this machine is looked at, or removed as too old
            "environment": {**as_switched, **pair, "MTX_PATHDEFAULTS_RECORDPATH": f"{self._directory}/%path/%s-%f"},
            "seconds": patient(_SECONDS),
        }
        assert self._network.stdin and self._network.stdout
        print(json.dumps(job), file=self._network.stdin, flush=True)
        result: dict[str, Any] = {"number": 0}
        while result["number"] != self._jobs:  # an answer that a test did not wait for may come first
            result = json.loads(self._network.stdout.readline())
        if result["answers"] is None:
            raise RefusedError(f"MediaMTX: {next((line for line in result['said'] if 'ERR' in line), result['said'])}")
        answers: dict[str, Any] = result["answers"]
        return answers

    def caddy(self, settings: Environment, turn_here: bool) -> Any:
        """The Caddyfile as JSON. Raises RefusedError."""
        tls = self._directory / "tls"
        tls.mkdir(exist_ok=True)
        for one in desired.access(settings.media):
            if isinstance(one, File) and one.path.startswith(desired.CADDY_TLS):
                (tls / Path(one.path).name).write_bytes(one.content)
        file = self._directory / "Caddyfile"
        names = [settings.turn.domain] if turn_here and settings.turn else []
        content = desired.caddy_config(settings.media, ARTIFACTS, names).content
        file.write_text(content.replace("/etc/caddy/tls", str(tls)))
        done = subprocess.run(
            [self._caddy, "adapt", "--config", file, "--adapter", "caddyfile", "--validate"],
            env={**os.environ, "HOME": MARK, "XDG_DATA_HOME": str(self._directory / "data")},
            capture_output=True, text=True, check=False, timeout=patient(_SECONDS),
        )  # fmt: skip
        if done.returncode:
            raise RefusedError(f"Caddy: {re.findall('^Error: .*', done.stderr, re.MULTILINE) or done.stderr[-500:]}")
        return json.loads(done.stdout)


@contextmanager
def programs(mediamtx: Path, caddy: Path, directory: Path) -> Iterator[Programs]:
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    with subprocess.Popen(
        [*own, sys.executable, judge.__file__, mediamtx], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as network:
        yield Programs(caddy, network, directory)
        assert network.stdin
        network.stdin.close()  # its end
