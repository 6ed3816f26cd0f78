"""The agent of a camera whose host obeys: what it says of itself, and what is done to it."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from envivo.roles.camera.desired import configuration, status
from envivo.roles.camera.settings import unit_name
from tests.e2e.failing_camera import DEVICES, ORDERS
from tests.e2e.lab import Lab
from tests.patience import patient, until

Document = dict[str, Any]

REACHED_S = 60
"""The longest wait of an agent is 29 s, between two attempts to reach its server; of systemd 20 s, for a watchdog."""
_STATES = {"waiting-camera", "waiting-server", "backoff", "connecting", "live", "stalled", "stopped"}
_WATCH = """
import json, os, select, sys
last = None
while not select.select([sys.stdin], [], [], 0.02)[0]:
    try:
        with open(sys.argv[1]) as file:
            now = os.fstat(file.fileno())
            if (now.st_ino, now.st_mtime_ns) != last:
                print(json.dumps([now.st_mtime, json.load(file)]), flush=True)
                last = now.st_ino, now.st_mtime_ns
    except FileNotFoundError:
        pass
"""
"""Prints each new status, until its stdin ends."""


class Seen(NamedTuple):
    at: float
    """When the agent wrote it, by the clock that this machine shares with all lab hosts, which are containers."""
    status: Document


def seconds(seen: list[Seen], since: list[float]) -> str:
    """After each host's moment."""
    return " / ".join(f"{one.at - moment:.1f} s" for one, moment in zip(seen, since, strict=True))


def begun(lab: Lab, host: str, command: str) -> float:
    """When it began there."""
    return float(lab.run(host, f"date +%s.%N && {{ {command}; }} >&2").stdout.split()[0])


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

    @property
    def device(self) -> str:
        return f"{DEVICES}{self.name}"

    def run(self, command: str, check: bool = True) -> str:
        return self.lab.run(self.host, command, check).stdout

    def act(self, command: str) -> float:
        """When it began."""
        return begun(self.lab, self.host, command)

    def tell(self, word: str) -> float:
        """The camera what to do."""
        return self.act(f"echo {word} > {ORDERS}/.{self.name} && mv {ORDERS}/.{self.name} {ORDERS}/{self.name}")

    def process(self) -> Process:
        shown = self.run(f"systemctl show -p MainPID,NRestarts,ActiveState {self.unit}")
        said = dict(line.split("=", 1) for line in shown.splitlines())
        return Process(int(said["MainPID"]), int(said["NRestarts"]), said["ActiveState"])

    def journal(self, since: float) -> str:
        """With what systemd says of the unit."""
        return self.run(f"journalctl -q -o cat --since @{since:.6f} -u {self.unit}")

    def story(self, since: float) -> list[str]:
        """What the agent wrote at each change of its state, up to being live: "STATE: REASON"."""

        def changes() -> list[str]:
            return [line for line in self.journal(since).splitlines() if line.partition(":")[0] in _STATES]

        lines = until(lambda lines: bool(lines) and lines[-1].startswith("live: "), changes, 10)
        assert lines and lines[-1].startswith("live: "), lines
        return lines

    def reaches(self, state: str, since: float, words: str = "") -> Seen:
        """The first status after that moment that is so, and has the words in its reason."""

        def good(seen: Seen) -> bool:
            return seen.at > since and seen.status["state"] == state and words in seen.status["reason"]

        found = until(bool, lambda: next(filter(good, self.seen), None), REACHED_S, 0.02)
        told = [f"{seen.at - since:7.2f} s  {seen.status['reason']}" for seen in self.seen if seen.at > since]
        assert found, "\n".join([f"{self.host}: not {state} {words!r}:", *dict.fromkeys(told)])
        return found

    def further(self, count: int) -> list[Seen]:
        """So many more of its statuses: there is one at each change, and every two seconds."""
        begin = len(self.seen)
        until(lambda length: length >= begin + count, lambda: len(self.seen), 10, 0.02)
        assert len(self.seen) >= begin + count, f"{self.host}: no more statuses"
        return self.seen[begin : begin + count]

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


@contextmanager
def watched(agent: Agent) -> Iterator[None]:
    def read(stream: Any) -> None:
        for line in stream:
            agent.seen.append(Seen(*json.loads(line)))

    watching = subprocess.Popen(
        # before other work: of two changes at once it sees the later one
        agent.lab.ssh(agent.host, f"exec nice -n -19 python3 -u -c '{_WATCH}' {status(agent.name)}"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    reader = threading.Thread(target=read, args=(watching.stdout,), daemon=True)
    reader.start()
    try:
        yield
    finally:
        assert watching.stdin
        watching.stdin.close()
        watching.wait(patient(10))
