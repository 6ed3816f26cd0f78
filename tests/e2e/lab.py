"""A topology of the lab as tests see it: made, reached, deployed to, removed."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from envivo.core.paths import PROJECT as ROOT
from envivo.lab import runs
from envivo.lab.programs import attempt, run
from envivo.roles.media import guard
from tests.patience import patient, until

BIN = ROOT / ".venv" / "bin"
LONGEST_S = patient(250)
"""Of one command on the controller; a test that waits for several of them ends by its own limit."""
RESULTS, SUITE = "ENVIVO_TEST_RESULTS", "ENVIVO_SUITE"
"""Environment variables: the folder that a run of tests leaves, and the suite that this process is."""
UP: list["Lab"] = []
"""What this process has brought up, for the logs that are kept after a failure."""
API = "curl -K /etc/envivo/monitor.curl http://127.0.0.1:9997/v3"
"""On a media host: asks MediaMTX's API."""


def stop_container(name: str) -> str:
    """The command that stops it for good: a unit would start it again."""
    return f"systemctl stop {guard.UNIT} && docker stop {name}"


def start_container(name: str) -> str:
    return f"docker start {name} && systemctl start {guard.UNIT}"


@dataclass(frozen=True)
class Lab:
    """One topology of the lab, and how to do things to it."""

    topology: str
    hosts: dict[str, str]
    """Name -> address."""
    ssh_key: str
    env: str = "lab"
    variables: dict[str, str] = field(default_factory=dict)
    ssh_options: tuple[str, ...] = ()
    settings: Path | None = None
    """Directory for --group-data that `deploy` and `verify` use where they are given none."""

    def with_settings(self, settings: Path) -> "Lab":
        return replace(self, settings=settings)

    @property
    def environ(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in (RESULTS, SUITE)}
        return {**own, "ENVIVO_TOPOLOGY": self.topology, **self.variables}

    @property
    def media(self) -> str:
        return next((name for name in self.hosts if "media" in name), next(iter(self.hosts)))

    @property
    def camera(self) -> str:
        return next(name for name in reversed(self.hosts) if "cam" in name or len(self.hosts) == 1)

    def ssh(self, host: str, command: str) -> list[str]:
        """The command line that runs it there."""
        known_hosts = Path(self.ssh_key).parent / "known_hosts"
        options = ["-i", self.ssh_key, "-o", f"UserKnownHostsFile={known_hosts}", "-o", "BatchMode=yes"]
        # a host that is cut off is given up, where the system itself would wait for minutes
        options += ["-o", f"ConnectTimeout={patient(20):.0f}", "-o", "ServerAliveInterval=20"]
        options += ["-o", "KexAlgorithms=curve25519-sha256"]  # the newer ones cost 50 ms of CPU, a second on the VM
        return ["ssh", "-F", "none", *options, *self.ssh_options, f"root@{self.hosts[host]}", command]

    def run(self, host: str, command: str, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.ssh(host, command),
            input=stdin, capture_output=True, text=True, errors="replace", timeout=patient(60), check=check,
        )  # fmt: skip

    @contextmanager
    def cut(self, host: str, seconds: float) -> Iterator[None]:
        """No packet of the host reaches the controller for so long, or until the context ends.

        The host is told through Docker: an answer by ssh would have to come before the cut. However the unit ends,
        systemd takes the route back.
        """
        blackhole = "blackhole " + self.run(host, "echo ${SSH_CONNECTION%% *}").stdout.strip()
        routes = (f"ExecStartPre=ip route add {blackhole}", f"ExecStopPost=ip route del {blackhole}")
        properties = [f"--property={line}" for line in routes]
        unit = ["systemd-run", "-q", "--collect", "--unit=cut", *properties, "sleep", f"{seconds:.0f}"]
        try:
            run("docker", "exec", host, *unit, fix="see whether the lab host runs")  # returns once the route is there
            assert not self.reachable(host), "the network was not cut"
            yield
        finally:
            attempt("docker", "exec", host, "systemctl", "stop", "cut")  # 5: it has ended by itself

    def reachable(self, host: str) -> bool:
        try:
            socket.create_connection((self.hosts[host], 22), timeout=1).close()
        except OSError:
            return False
        return True

    def pyinfra(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """`pyinfra ARGUMENTS` from the checkout; stderr is what a person sees."""
        return subprocess.run(
            [BIN / "pyinfra", *arguments],
            cwd=ROOT, env={**self.environ, **variables}, capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip

    def envivo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "envivo", *arguments],
            cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip

    def verify(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`envivo verify` of what `deploy` made."""
        return self.envivo("verify", self.env, *self.group_data(), *options)

    def group_data(self, settings: Path | None = None) -> list[str]:
        directory = settings or self.settings
        return ["--group-data", str(directory)] if directory else []

    def verified(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`envivo verify` that finds nothing wrong. Fails with what it still finds after a minute of patience.

        Its probes give up after seconds, in which a machine with other work may show a viewer too little.
        """
        done = until(lambda done: done.returncode == 0, lambda: self.verify(*options), 60, 0)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def deploy(self, settings: Path | None = None) -> dict[str, list[str]]:
        """Deploys and returns the operations that changed something: name -> hosts. Fails with pyinfra's words."""
        done = self.pyinfra(f"inventories/{self.env}.py", "deploy.py", "-y", "--json", *self.group_data(settings))
        assert done.returncode == 0, done.stderr
        results = json.loads(done.stdout)["results"]
        assert not results["failed_hosts"] and not results["totals"]["error"], done.stderr
        assert results["totals"]["success"] + results["totals"]["no_change"] > 0, "no operation ran"
        assert f"--> {self.env}: " in done.stderr.partition("--> Disconnecting")[2], done.stderr  # its result
        return {one["name"]: one["success"] for one in results["operations"] if one["success"]}


class Deploying:
    """A deploy that runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said = ""

    def until(self, operations: int) -> bool:
        """Waits until so many operations are over and the next begins; False if the deploy ended before."""
        assert self.process.stderr is not None
        while self.said.count("--> Starting operation:") <= operations:
            if not (line := self.process.stderr.readline()):
                return False
            self.said += line
        return True

    def asked(self) -> None:
        """Waits for the question."""
        assert self.process.stderr is not None
        while "skip this step with -y" not in self.said:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line

    def agree(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        yield
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> int:
        """Its exit code."""
        _, rest = self.process.communicate(timeout=LONGEST_S)
        self.said += rest
        return self.process.returncode


@contextmanager
def deploying(lab: Lab, *arguments: str, asks: bool = False) -> Iterator[Deploying]:
    """Killed at the end of the context where it still runs. `asks`: executes when it is told to, by `agree`."""
    command = [str(BIN / "pyinfra"), f"inventories/{lab.env}.py", "deploy.py", *([] if asks else ["-y"]), *arguments]
    stdin = subprocess.PIPE if asks else subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, env=lab.environ, stdin=stdin, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Deploying(process)
        finally:
            process.kill()  # also where the test's own bound has ended the wait for a line


def killed_after(lab: Lab, operations: int, *arguments: str) -> bool:
    """Runs a deploy and kills it as soon as the next operation begins; False if it ended well before."""
    with deploying(lab, *arguments) as deploy:
        begun = deploy.until(operations)
        assert begun or deploy.end() == 0, deploy.said
    return begun


def lab_up(topology: str, ready: bool) -> Lab:
    """`ready`: its hosts have the packages of all roles, so that a deploy takes 10 s in place of 45."""
    up = _envivo_lab("up", "--topology", topology, *(["--ready"] if ready else []))
    assert up.returncode == 0, up.stderr
    status = _envivo_lab("status", "--json", "--topology", topology)
    hosts: dict[str, dict[str, Any]] = json.loads(status.stdout)["hosts"]
    return Lab(topology, {name: host["address"] for name, host in hosts.items()}, next(iter(hosts.values()))["ssh_key"])


def lab_down(topology: str) -> None:
    down = _envivo_lab("down", "--topology", topology)
    assert down.returncode == 0, down.stderr


def _envivo_lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "envivo"), "lab", *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=LONGEST_S, check=False)


def fresh(topology: str, ready: bool = True) -> Iterator[Lab]:
    with runs.going_on():
        lab_down(topology)
        try:
            lab = lab_up(topology, ready)
            UP.append(lab)
            yield lab
        finally:
            UP[:] = [lab for lab in UP if lab.topology != topology]
            lab_down(topology)


@dataclass(frozen=True)
class SettingsOf:
    """Writes a directory for pyinfra's --group-data whose lab.py says what group_data/lab.py says, and more."""

    directory: Path
    always: dict[str, Any] = field(default_factory=dict)
    """What every such file says besides."""

    def __call__(self, **more: Any) -> Path:
        body = f"""
from envivo.config.lazy import merged
from envivo.secrets import secret
from envivo.orchestration.environment import environment

__base = {{  # what begins in another way pyinfra takes for data of hosts
    "mediamtx": {{
        "monitor": {{"user": "monitor", "password": secret("monitor")}},
        "paths": {{"webcam": {{"publisher": {{"user": "webcam", "password": secret("publish-webcam")}}}}}},
    }},
    "cameras": {{"webcam": {{"source": "test"}}}},
}}
settings = environment(**merged(merged(__base, {self.always!r}), {more!r}))
"""
        (self.directory / "lab.py").write_text(body)
        return self.directory
