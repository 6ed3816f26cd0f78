"""What a deploy would change, asked of pyinfra itself while other things are done: envivo/plan/planner.py."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Condition, Thread
from typing import IO, Any, NamedTuple

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT
from envivo.core.problems import Problem
from envivo.operations.reasons import Difference
from envivo.ssh.link import passphrases
from envivo.ssh.privileges import typed
from envivo.state.edits import Edit

WITHIN_S = 60
"""One host takes about a second, more where its artifacts have to be fetched first."""


class Change(NamedTuple):
    """What one operation would change."""

    operation: str
    differences: tuple[Difference, ...]
    refusals: tuple[Problem, ...]
    """Why it would fail the host."""
    origins: tuple[str, ...] = ()
    """Of each difference, as envivo/plan/origin.py has it."""

    @property
    def listed(self) -> list[tuple[Difference, str]]:
        """Each difference and its origin."""
        origins = self.origins or ("",) * len(self.differences)
        return list(zip(self.differences, origins, strict=True))


class Replaced(NamedTuple):
    """The content of a file, which exists, and of which a deploy would write another version."""

    path: str
    diff: tuple[str, ...]
    """Unified, secrets masked."""
    edits: tuple[Edit, ...] | None
    """By keys; None for a file that has none."""


class Plan(NamedTuple):
    """For one host."""

    changes: tuple[Change, ...]
    """In the order of deploy.py."""
    strays: tuple[str, ...] = ()
    """Files in envivo's directories that a deploy leaves alone, since it did not bring them."""
    files: tuple[Replaced, ...] = ()
    release: str = ""
    """What the host has of the last deploy, in words."""
    others: tuple[str, ...] = ()
    """What else it leaves alone: containers with the label of envivo's project, groups of its accounts."""
    stopped: tuple[str, ...] = ()
    """Of programs that a person has stopped, and that a deploy does not start."""


class Planner:
    """Looks at a host when it is asked to. Safe to use from several threads."""

    def __init__(self, place: str, process: "subprocess.Popen[str]", said: IO[str]) -> None:
        self.place, self._process, self._said = place, process, said
        self._answers: dict[str, Mapping[str, Any]] = {}
        self._ended = False
        self._news = Condition()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def plan(self, host: str, within_s: float = WITHIN_S, socket: str = "") -> Plan:
        """Raises EnvivoError where it cannot be found out. `socket`: of a connection to the host (Link.socket)."""
        fix = f"find out where it stops: pyinfra {self.place} deploy.py --dry"
        with self._news:
            self._ask(host, socket)
            in_time = self._news.wait_for(lambda: host in self._answers or self._ended, within_s)
            answer = self._answers.get(host)
        if answer is None:
            why = self._last_words() if in_time else f"no answer within {within_s:g} s"
            raise EnvivoError(host, f"cannot find out what a deploy would change ({why})", fix)
        if answer["error"]:
            raise EnvivoError(host, f"cannot find out what a deploy would change ({answer['error']})", fix)
        return parse(answer)

    def close(self) -> None:
        """End it, and every wait for its answers."""
        self._process.kill()
        self._listener.join()
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        with suppress(BrokenPipeError):  # what it was asked once it had ended
            self._process.stdin.close()

    def _ask(self, host: str, socket: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        try:
            # a person is asked for passwords once, by this process
            self._process.stdin.write(f"{json.dumps([host, typed(host), passphrases(), socket])}\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            self._ended = True

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        for line in self._process.stdout:
            answer = json.loads(line)
            with self._news:
                self._answers[answer["host"]] = answer
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _last_words(self) -> str:
        self._said.seek(0)
        return (self._said.read().strip().splitlines() or ["it ended without output"])[-1]


def parse(answer: Mapping[str, Any]) -> Plan:
    """Of one line of envivo/plan/planner.py."""
    changes = (
        Change(
            change["operation"],
            tuple(
                Difference(subject, what, tuple(follows), removes)
                for subject, what, follows, removes in change["differences"]
            ),
            tuple(Problem(**problem) for problem in change["refusals"]),
            tuple(change["origins"]),
        )
        for change in answer["changes"]
    )
    files = (
        Replaced(path, tuple(diff), None if edits is None else tuple(Edit(tuple(keys), how) for keys, how in edits))
        for path, diff, edits in answer["files"]
    )
    lists = (tuple(answer[name]) for name in ("others", "stopped"))
    return Plan(tuple(changes), tuple(answer["strays"]), tuple(files), answer["release"], *lists)


@contextmanager
def planner(place: str, group_data: Sequence[Path]) -> Iterator[Planner]:
    """Starts at once, ends with the context. It takes as long to start as settings take to be validated, and
    connects to no host before it is asked about one."""
    command = [sys.executable, "-m", "envivo.plan.planner", place, *(str(folder.resolve()) for folder in group_data)]
    with (
        TemporaryFile("w+") as said,
        subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        made = Planner(place, process, said)
        try:
            yield made
        finally:
            made.close()
