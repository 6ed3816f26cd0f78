"""Camera hosts of Debian 12 and 13 whose cameras fail when they are told to, and what their agents say meanwhile."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from envivo.inside import Said
from envivo.waiting import until
from roles.camera.desired import configuration, status, unit_name
from tests.e2e import failing_camera
from tests.e2e.copied_checkout import make_checkout
from tests.e2e.failing_camera import DEVICES, HOME, OK, ORDERS, PTH, PTH_FILE
from tests.e2e.lab import API, Lab

T = TypeVar("T")
Document = dict[str, Any]
Documents = dict[str, Document]

MEDIA = "cams-media"
HOSTS = {"cam12": "cams-cam12", "cam13": "cams-cam13"}
SECOND = "cam13b"
"""A second camera of cams-cam13: a test picture, with a tone."""
PASSWORDS = {name: f"{name}-password-Zm9v_0123456789" for name in (*HOSTS, SECOND)}
SMALL: Document = {"width": 320, "height": 180, "fps": failing_camera.FPS, "bitrate_kbps": 400, "encoder": "x264"}
CAMERA_BACK_S, SERVER_BACK_S = 10, 30
"""So soon all is as before when what was gone is back."""
CONTAINER = "envivo-mediamtx-1"

_WATCH = """
import json, os, select, sys, time
last = None
while not select.select([sys.stdin], [], [], 0.02)[0]:
    try:
        now = os.stat(sys.argv[1])
        if (now.st_ino, now.st_mtime_ns) != last:
            text = open(sys.argv[1]).read()
            print(json.dumps([time.time(), json.loads(text)]), flush=True)
            last = now.st_ino, now.st_mtime_ns
    except FileNotFoundError:
        pass
"""
"""Prints each new status, until its stdin ends."""


class Seen(NamedTuple):
    at: float
    """By the clock that this machine shares with all lab hosts, which are containers."""
    status: Document


def seconds(seen: list[Seen], since: list[float]) -> str:
    """After each host's moment."""
    return " / ".join(f"{one.at - moment:.1f} s" for one, moment in zip(seen, since, strict=True))


def soon(in_s: float) -> list[float]:
    """That moment, for both hosts."""
    return [time.time() + in_s] * len(HOSTS)


def _bytes(paths: Documents, name: str) -> int:
    return int(paths.get(name, {}).get("inboundBytes", 0))


class Process(NamedTuple):
    pid: int
    restarts: int
    active: str


@dataclass
class Agent:
    """Of the camera `name`."""

    lab: Lab
    name: str
    host: str
    seen: list[Seen] = field(default_factory=list)

    @property
    def unit(self) -> str:
        return unit_name(self.name)

    def run(self, command: str, check: bool = True) -> str:
        return self.lab.run(self.host, command, check).stdout

    def act(self, command: str) -> float:
        """When it began."""
        return float(self.run(f"date +%s.%N && {{ {command}; }} >&2").split()[0])

    def tell(self, word: str) -> float:
        """The camera what to do."""
        return self.act(f"echo {word} > {ORDERS}/.{self.name} && mv {ORDERS}/.{self.name} {ORDERS}/{self.name}")

    def process(self) -> Process:
        shown = self.run(f"systemctl show -p MainPID,NRestarts,ActiveState {self.unit}")
        said = dict(line.split("=", 1) for line in shown.splitlines())
        return Process(int(said["MainPID"]), int(said["NRestarts"]), said["ActiveState"])

    def journal(self, since: float) -> list[str]:
        return self.run(f"journalctl -q -o cat --since @{since:.3f} -u {self.unit}").splitlines()

    def story(self, since: float) -> str:
        lines = [f"{seen.at - since:7.2f} s  {seen.status['reason']}" for seen in self.seen if seen.at >= since]
        return "\n".join(dict.fromkeys(lines))

    def reaches(self, state: str, since: float, within_s: float, words: str = "") -> Seen:
        """The first status after that moment that is so, and has the words in its reason."""

        def good(seen: Seen) -> bool:
            return seen.at >= since and seen.status["state"] == state and words in seen.status["reason"]

        def found() -> Seen | None:
            return next(filter(good, self.seen), None)

        said = until(bool, found, since + within_s - time.time(), 0.02)
        if said is None or said.at > since + within_s:
            load = " ".join(f"{one:.1f}" for one in os.getloadavg())
            raise AssertionError(
                f"{self.host}: not {state} {words!r} within {within_s} s (load {load}):\n{self.story(since)}"
            )
        return said

    @property
    def last(self) -> Document:
        return self.seen[-1].status

    def configure(self, **changes: Document) -> float:
        """Other values in sections of the configuration, for the agent to read again."""
        file = configuration(self.name)
        script = (
            "import json, sys; file, changes = sys.argv[1], json.loads(sys.argv[2]); document = json.load(open(file));"
            "[document[key].update(more) for key, more in changes.items()]; open(file, 'w').write(json.dumps(document))"
        )
        return self.act(f"python3 -c \"{script}\" {file} '{json.dumps(changes)}' && systemctl reload {self.unit}")


@dataclass
class Bed:
    lab: Lab
    directory: Path
    agents: tuple[Agent, Agent]
    """Of the cameras that fail."""
    second: Agent

    def both(self, action: Callable[..., T], *arguments: list[Any]) -> list[T]:
        """On both hosts at once; each argument has a value for each of them."""
        with ThreadPoolExecutor(len(self.agents)) as pool:
            return list(pool.map(action, self.agents, *arguments))

    def tell(self, word: str) -> list[float]:
        """The cameras what to do; when each began to."""
        return self.both(lambda agent: agent.tell(word))

    def reach(self, state: str, since: list[float], within_s: float, words: str = "") -> list[Seen]:
        return self.both(lambda agent, moment: agent.reaches(state, moment, within_s, words), since)

    def processes(self) -> list[Process]:
        return self.both(lambda agent: agent.process())

    def media(self, command: str) -> float:
        """When it began."""
        return float(self.lab.run(MEDIA, f"date +%s.%N && {{ {command}; }} >&2").stdout.split()[0])

    def paths(self) -> Documents:
        """What MediaMTX says of each; nothing while it does not answer."""
        said = self.lab.run(MEDIA, f"{API}/paths/list", check=False).stdout
        return {path["name"]: path for path in json.loads(said)["items"]} if said else {}

    def sessions(self) -> dict[str, str]:
        return {name: str((path["source"] or {}).get("id")) for name, path in self.paths().items()}

    def live_again(self, since: list[float], within_s: float) -> str:
        """How many seconds after that moment each agent says that it is live; MediaMTX gets its bytes by then, too."""
        live = self.reach("live", since, within_s)
        names = [agent.name for agent in self.agents]
        before = self.paths()

        def grown(now: Documents) -> bool:
            return all(
                name in now and now[name]["online"] and _bytes(now, name) > _bytes(before, name) for name in names
            )

        now = until(grown, self.paths, max(since) + within_s - time.time() + 1, 0.1)
        assert grown(now), f"MediaMTX gets nothing: {now}"
        return seconds(live, since)

    def restart(self) -> None:
        """The agents, so that no fault before counts, and their cameras in order."""
        self.tell(OK)
        since = self.both(lambda agent: agent.act(f"systemctl restart {agent.unit}"))
        self.reach("live", since, 30)

    def deploy(self, *warnings: str, **cameras: Document) -> dict[str, list[str]]:
        """With these changes of the small cameras; what it changed on their hosts. `warnings`: what it has to say."""
        write_settings(self.directory, cameras)
        done = self.lab.pyinfra(
            "inventories/lab.py", "deploy.py", "-y", "--json", "--group-data", str(self.directory / "group_data")
        )
        assert done.returncode == 0, done.stderr
        assert all(words in done.stderr for words in warnings), done.stderr
        operations = json.loads(done.stdout)["results"]["operations"]
        changed = {one["name"]: sorted(set(one["success"]) & set(HOSTS.values())) for one in operations}
        return {name: hosts for name, hosts in changed.items() if hosts}

    def envivo(self, *arguments: str) -> Said:
        """The command as in a checkout whose group data is what was deployed last."""
        command = [sys.executable, "-c", "from envivo.cli import main; main()", *arguments]
        environ = {**self.lab.environ, "PYTHONPATH": str(self.directory)}
        done = subprocess.run(command, cwd=self.directory, env=environ, capture_output=True, text=True, timeout=300)
        return Said(done.returncode, done.stdout, done.stderr)


def write_settings(checkout: Path, cameras: Documents) -> None:
    paths = {name: {"publisher": {"user": name, "password": password}} for name, password in PASSWORDS.items()}
    wanted: Documents = {
        name: {"host": host, "device": f"{DEVICES}{name}", **SMALL, **cameras.get(name, {})}
        for name, host in HOSTS.items()
    }
    tone = {"host": HOSTS["cam13"], "source": "test", "audio": "test"}
    wanted[SECOND] = {**tone, **SMALL, **cameras.get(SECOND, {})}
    monitor = {"user": "monitor", "password": "monitor-password-Zm9v_0123456789"}
    (checkout / "group_data" / "lab.py").write_text(
        "from roles.environment import environment\n\n"
        f"settings = environment(mediamtx={ {'monitor': monitor, 'paths': paths}!r}, cameras={wanted!r})\n"
    )


@contextmanager
def _stand_in(agent: Agent) -> Iterator[None]:
    program = Path(failing_camera.__file__).read_text()
    agent.lab.run(agent.host, f"install -D /dev/stdin {HOME}/failing_camera.py && mkdir -p {ORDERS}", stdin=program)
    agent.lab.run(agent.host, f"cat > {PTH_FILE}", stdin=PTH)
    try:
        yield
    finally:
        agent.run(f"rm -rf {PTH_FILE} {HOME} && systemctl restart {agent.unit}")


@contextmanager
def _watched(agent: Agent) -> Iterator[None]:
    def read(stream: Any) -> None:
        for line in stream:
            agent.seen.append(Seen(*json.loads(line)))

    watching = subprocess.Popen(
        agent.lab.ssh(agent.host, f"exec python3 -u -c '{_WATCH}' {status(agent.name)}"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    reader = threading.Thread(target=read, args=(watching.stdout,), daemon=True)
    reader.start()
    try:
        yield
    finally:
        assert watching.stdin
        watching.stdin.close()
        watching.wait(10)


@contextmanager
def _connected(lab: Lab, host: str) -> Iterator[None]:
    """One connection for all commands."""
    subprocess.run([*lab.ssh(host, "")[:-1], "-f", "-N", "-M"], check=True, timeout=30)
    try:
        yield
    finally:
        subprocess.run([*lab.ssh(host, "")[:-1], "-O", "exit"], check=True, timeout=30, capture_output=True)


@contextmanager
def bed(bare: Lab, directory: Path) -> Iterator[Bed]:
    make_checkout(directory)
    lab = replace(bare, ssh_options=("-o", f"ControlPath={directory}/%h.socket"))
    agents = Agent(lab, "cam12", HOSTS["cam12"]), Agent(lab, "cam13", HOSTS["cam13"])
    made = Bed(lab, directory, agents, Agent(lab, SECOND, HOSTS["cam13"]))
    with ExitStack() as stack:
        for host in lab.hosts:
            stack.enter_context(_connected(lab, host))
        made.deploy()
        for agent in agents:
            stack.enter_context(_stand_in(agent))
        for agent in (*agents, made.second):
            stack.enter_context(_watched(agent))
        made.restart()
        yield made
