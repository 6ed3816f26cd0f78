"""The hosts of an environment as deploys and rollbacks change them, and what comes of that."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from envivo.core.errors import EnvivoError
from envivo.inventory import Inventory
from envivo.operations.lease import Lease
from envivo.orchestration import placement
from envivo.orchestration.deploying import journal, releases
from envivo.orchestration.everywhere import everywhere
from envivo.orchestration.verification import Planned
from envivo.remote import RemoteShell
from envivo.verify.engine import Check, Result
from envivo.verify.findings import Finding

Results = Mapping[Check, Result]
NOT_PUT_BACK = "not-put-back"
"""Code of a finding."""


class Progress(Protocol):
    """How a command tells a person what it does."""

    def say(self, words: str) -> None: ...

    def check(
        self,
        read: Inventory,
        plan: Planned,
        verb: str,
        enough: Callable[[Result], bool] = lambda result: False,
    ) -> Results:
        """`enough`: after which result no others are waited for."""
        ...


@dataclass(frozen=True)
class Ended:
    findings: Sequence[Finding]
    """Why it is not as asked, the cause first."""
    release: int = 0
    """That the environment has now; 0: not known."""
    put_back: Mapping[str, int] = field(default_factory=dict)
    """Host -> release, of those that went back."""
    results: Results = field(default_factory=dict)
    """Of the last verification."""
    stands: bool = False
    """Whether all hosts have what was deployed, although something is wrong."""
    begun: bool = True
    """False: nothing was changed."""


@dataclass(frozen=True)
class Hosts:
    """The hosts of an environment, for a command that changes them."""

    read: Inventory
    shells: Mapping[str, RemoteShell]
    mine: Lease
    progress: Progress

    @property
    def servers(self) -> Sequence[str]:
        return placement.servers(self.read.groups)

    def put_back(self, to: Mapping[str, int], only_whole: bool = False) -> list[Finding]:
        """Servers before their clients, otherwise at once. Returns what failed. `only_whole`: clients stay as they are
        where a server fails."""
        found: list[Finding] = []
        for names in (set(self.servers) & to.keys(), to.keys() - set(self.servers)):
            if found and only_whole:
                break
            with ThreadPoolExecutor(max(1, len(names))) as pool:
                found += [
                    finding for finding in pool.map(lambda name: self._put_back(name, to[name]), names) if finding
                ]
        return found

    def _put_back(self, name: str, number: int) -> Finding | None:
        self.progress.say(f"{name}: rolling back to release {number}")
        try:
            for line in releases.put_back(self.shells[name], self.mine, number).splitlines():
                self.progress.say(f"{name}: {line}")
        except EnvivoError as error:
            return Finding(name, NOT_PUT_BACK, f"release {number} could not be restored ({error.what})", error.fix)
        return None

    def note(self, did: str, ended: Ended) -> None:
        cause = str(ended.findings[0].of(self.read.env)) if ended.findings else ""
        entry = journal.entry(self.mine.owner, did, ended.release, cause)
        journal.note_here(self.read.env, entry)
        _, lost = everywhere(self.shells, lambda shell: journal.note_on(shell, self.mine, entry))
        for finding in lost:
            self.progress.say(f"{finding}: its history does not contain this {did}")
