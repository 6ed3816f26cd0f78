"""Camera hosts of Debian 12 and 13 whose cameras fail when they are told to, and what their agents say meanwhile."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from envivo.core import paths
from envivo.remote import CommandResult
from tests.e2e import failing_camera
from tests.e2e.camera_agent import Agent, Document, Process, Seen, begun, watched
from tests.e2e.copied_checkout import make_checkout
from tests.e2e.failing_camera import DEVICES, HOME, OK, ORDERS, PTH, PTH_FILE
from tests.e2e.lab import API, Lab
from tests.patience import patient, until

T = TypeVar("T")
Documents = dict[str, Document]

MEDIA = "cams-media"
HOSTS = {"cam12": "cams-cam12", "cam13": "cams-cam13"}
SECOND = "cam13b"
"""A second camera of cams-cam13: a test picture, with a tone."""
PASSWORDS = {name: f"{name}-password-Zm9v_0123456789" for name in (*HOSTS, SECOND)}
SMALL: Document = {"width": 320, "height": 180, "fps": failing_camera.FPS, "bitrate_kbps": 400, "encoder": "x264"}
CONTAINER = "envivo-mediamtx-1"
KILL_SERVER = f"kill -KILL $(docker inspect -f {{{{.State.Pid}}}} {CONTAINER})"
"""A connection outlasts its password: the next one needs the new one."""


def now() -> list[float]:
    """This moment, for both hosts."""
    return [time.time()] * len(HOSTS)


@contextmanager
def installing() -> Iterator[None]:
    """Alone on this machine: several installations of packages at once take longer than one after the other."""
    with FileLock(paths.CACHE / "lab" / "apt.lock", timeout=patient(300)):
        yield


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

    def reach(self, state: str, since: list[float], words: str = "") -> list[Seen]:
        """`words` are of the reason; {device} in them is the camera's."""
        return self.both(lambda agent, at: agent.reaches(state, at, words.format(device=agent.device)), since)

    def stories(self, since: list[float]) -> list[list[str]]:
        return self.both(lambda agent, moment: agent.story(moment), since)

    def processes(self) -> list[Process]:
        return self.both(lambda agent: agent.process())

    def media(self, command: str) -> float:
        """When it began."""
        return begun(self.lab, MEDIA, command)

    def paths(self) -> Documents:
        """What MediaMTX says of each."""
        return {path["name"]: path for path in json.loads(self.lab.run(MEDIA, f"{API}/paths/list").stdout)["items"]}

    def sessions(self) -> dict[str, str]:
        return {name: str((path["source"] or {}).get("id")) for name, path in self.paths().items()}

    def live_again(self, since: list[float]) -> list[Seen]:
        """Each agent says after that moment that it is live, and MediaMTX gets its bytes again."""
        live = self.reach("live", since)
        before = self.paths()

        def grow(paths: Documents) -> bool:
            return all(
                paths[name]["online"] and paths[name]["inboundBytes"] > before[name]["inboundBytes"] for name in HOSTS
            )

        paths = until(grow, self.paths, 10, 0.1)
        assert grow(paths), f"MediaMTX gets nothing: {paths}"
        return live

    def restart(self) -> None:
        """The agents, so that no fault before counts, and their cameras in order; returns when frames leave.

        Not sooner: in the first moments of a connection rtspclientsink itself may crash when its server goes
        (docs/evidence/agent.md#starting-and-ending).
        """
        self.tell(OK)
        since = self.both(lambda agent: agent.act(f"systemctl restart {agent.unit}"))
        self.reach("live", since)
        sending = until(all, lambda: [agent.last["fps"] for agent in self.agents], 10, 0.02)
        assert all(sending), sending

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

    def envivo(self, *arguments: str) -> CommandResult:
        """The command as in a checkout whose group data is what was deployed last."""
        command = [sys.executable, "-c", "from envivo.cli import main; main()", *arguments]
        done = subprocess.run(
            command, cwd=self.directory, env=self.lab.environ, capture_output=True, text=True, timeout=patient(100)
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)


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
        "from envivo.orchestration.environment import environment\n\n"
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
def _connected(lab: Lab, host: str) -> Iterator[None]:
    """One connection for all commands."""
    subprocess.run([*lab.ssh(host, "")[:-1], "-f", "-N", "-M"], check=True, timeout=patient(30))
    try:
        yield
    finally:
        subprocess.run([*lab.ssh(host, "")[:-1], "-O", "exit"], check=True, timeout=patient(30), capture_output=True)


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
            stack.enter_context(watched(agent))
        made.restart()
        yield made
