"""The contract of a role, through which the toolkit uses each without knowing it by name.

`roles/NAME/role.py` exports one `ROLE`, whose functions take the role's own settings and a `Context`;
`roles/NAME/checks.py` has `checks(target, evidence)`. Three files are optional: `prerequisites.py` has `checks` too,
for `envivo check`; `overview.py` has `overview(settings, context)`, what `envivo status` shows beside programs;
`losses.py` has `losses(target)`, what `envivo remove` asks about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from envivo.artifacts import Artifacts, Image
from envivo.core.problems import Problem
from envivo.state.certificates import Certificates, Use
from envivo.state.desired import Account, Backup, Listener, Removable
from envivo.state.endpoints import Endpoints
from envivo.state.program import Program
from envivo.state.remains import Remains
from envivo.state.systems import Least

if TYPE_CHECKING:  # a deploy looks at nothing as a viewer does, and what that needs is slow to load
    from envivo.plan.costs import Cost
    from envivo.plan.planning import Plan
    from envivo.probes.load import Load
    from envivo.probes.whep import Session
    from envivo.remote import RemoteShell
    from envivo.status.rows import Question
    from envivo.verify.engine import Check

Groups = Mapping[str, Sequence[str]]
"""The names of the hosts of each group of the inventory."""
S = TypeVar("S")
V = TypeVar("V")


@dataclass(frozen=True)
class Context:
    """What a role may use beside its own settings."""

    host: str
    groups: Sequence[str]
    """Of this host."""
    hosts: Groups = field(default_factory=dict)
    endpoints: Endpoints = field(default_factory=Endpoints)
    certificates: Certificates | None = None
    """On a host that serves TLS."""
    artifacts: Artifacts | None = None
    """On a media host."""
    listeners: Sequence[Listener] = ()
    """Ports that the roles of this host open."""
    systems: Sequence[str] = ()
    """Operating systems that its roles were run on, as in `Needs`."""


@dataclass(frozen=True)
class Needs:
    """Prerequisites of roles on a host."""

    packages: Sequence[str] = ()
    provided: Mapping[str, str] = field(default_factory=dict)
    """Package -> command whose success counts as installed."""
    masked: Mapping[str, str] = field(default_factory=dict)
    """Package -> unit that must not start before its role has configured it."""
    accounts: Sequence[Account] = ()
    ports: Sequence[Listener] = ()
    """Ports that no other program may use, also those that a role opens only for a moment."""
    images: Sequence[Image] = ()
    systems: Sequence[str] = ()
    """Operating systems as `ID-VERSION_ID` of os-release; empty: any that other roles take."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Package -> its name on systems that have another one than Debian."""
    least: Mapping[str, Least] = field(default_factory=dict)
    """Package -> its oldest version on a system that envivo was never run on."""
    own_units: Mapping[str, str] = field(default_factory=dict)
    """Unit -> file: if it exists, ports that the unit holds count as envivo's."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Name -> address that it must resolve to on the host."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Address that an interface of the host must have -> its setting."""
    engine: bool = False
    """Whether containers run there: a host is refused whose Docker Engine cannot run them."""
    documents: Sequence[str] = ()
    """JSON files of other programs to which envivo adds keys: a host on which one cannot be read is refused."""
    yielding: Mapping[str, str] = field(default_factory=dict)
    """Directory -> script that deletes its oldest files until so many KiB of its disk are free, its argument."""


def together(needs: Sequence[Needs]) -> Needs:
    """The union of needs, each entry once."""

    def listed(values: Callable[[Needs], Sequence[Any]]) -> list[Any]:
        return list(dict.fromkeys(value for need in needs for value in values(need)))

    def mapped(values: Callable[[Needs], Mapping[str, V]]) -> dict[str, V]:
        return {key: value for need in needs for key, value in values(need).items()}

    systems = [set(need.systems) for need in needs if need.systems]
    accounts = {account.name: account for need in needs for account in need.accounts}
    return Needs(
        packages=listed(lambda need: need.packages),
        provided=mapped(lambda need: need.provided),
        masked=mapped(lambda need: need.masked),
        accounts=list(accounts.values()),
        ports=listed(lambda need: need.ports),
        images=listed(lambda need: need.images),
        systems=sorted(set.intersection(*systems)) if systems else [],
        elsewhere=mapped(lambda need: need.elsewhere),
        least=mapped(lambda need: need.least),
        own_units=mapped(lambda need: need.own_units),
        names=mapped(lambda need: need.names),
        addresses=mapped(lambda need: need.addresses),
        engine=any(need.engine for need in needs),
        documents=listed(lambda need: need.documents),
        yielding=mapped(lambda need: need.yielding),
    )


@dataclass(frozen=True)
class Target(Generic[S]):
    """Input of a role's checks on a host."""

    address: str
    """Where viewers and this controller reach it."""
    settings: S
    shell: RemoteShell
    context: Context
    ssh_port: int = 22
    authority: Path | None = None
    """File with the certificate of the authority that signs, where that is not a public one."""

    @property
    def name(self) -> str:
        return self.context.host

    @property
    def groups(self) -> Sequence[str]:
        return self.context.groups

    @property
    def endpoints(self) -> Endpoints:
        return self.context.endpoints


LIVE = "live"
"""State of an agent that publishes."""


class Report(NamedTuple):
    """Status of a publisher, in its own words."""

    state: str = ""
    """live, connecting, waiting-camera ...; empty: it has not reported any."""
    error: str = ""
    """Why it is not live, such as `/dev/video0 does not exist: plug the camera in`."""
    fps: float | None = 0.0
    """Frames that it publishes a second; None: not measured for long enough to say."""
    wanted_fps: int = 0
    """Frames a second that it expects of its camera; 0: as the settings say."""

    def expected(self, configured: int) -> int:
        return self.wanted_fps or configured

    def rate(self, configured: int) -> str:
        """`30 of 30 frames a second`."""
        if self.fps is None:
            return "its frame rate is being measured"
        return f"{self.fps:.0f} of {self.expected(configured)} frames a second"


@dataclass(frozen=True)
class Feed:
    """The agent that publishes to a path."""

    host: str
    unit: str
    running: Check
    fps: int
    bitrate_kbps: int
    drawn: bool
    """Whether it is a test picture, in which more moves than in a camera's."""
    status: Callable[[], Report]


@dataclass(frozen=True)
class Viewing:
    """The check that a viewer gets a WHEP session of a path, and how to begin one."""

    check: Check
    begin: Callable[[], AbstractContextManager[Session]]


@dataclass
class Evidence:
    """Checks that other checks need, of all hosts and roles; each role adds its own."""

    plan: Callable[[str], Plan]
    """What a deploy would change on a host."""
    reachable: dict[str, Check] = field(default_factory=dict)
    """Host -> check that it accepts commands and, where a deploy has to have been there, that one was."""
    plan_needs: dict[str, list[Check]] = field(default_factory=dict)
    """Host -> checks that must pass before a plan is meaningful."""
    engines: dict[str, Check] = field(default_factory=dict)
    """Host -> check that its containers can run."""
    loads: dict[str, Callable[[], Load]] = field(default_factory=dict)
    """Host -> how busy it is now, which takes a second to find out."""
    feeds: dict[str, Feed] = field(default_factory=dict)
    """By path."""
    holders: dict[str, Callable[[], str]] = field(default_factory=dict)
    """Path -> who publishes to it now, as `10.0.0.5 over RTMP`; empty: nobody."""
    viewings: list[Viewing] = field(default_factory=list)


def _nothing(settings: Any, context: Context) -> Sequence[Any]:
    return ()


@dataclass(frozen=True)
class Role(Generic[S]):
    name: str
    """Its folder."""
    group: str
    """Hosts of this group of the inventory have the role; empty: every host."""
    settings: str = ""
    """The attribute of the environment's settings that is the role's own; empty: it has none."""
    one_host: bool = False
    """Whether its group must have one host: more are not supported yet (envivo/orchestration/placement.py)."""
    after: Sequence[str] = ()
    """Roles whose checks this role's checks need."""
    needs: Callable[[S, Context], Needs] = field(default=lambda settings, context: Needs())
    listeners: Callable[[S, Context], Sequence[Listener]] = _nothing
    """Ports that it opens."""
    problems: Callable[[S], Iterable[Problem]] = lambda settings: ()
    """Problems between its settings, each of which is valid alone."""
    certificates: Callable[[S, Context], Sequence[Use]] = _nothing
    """Its services that serve TLS on this host."""
    programs: Callable[[S, Context], Sequence[Program]] = _nothing
    """What it runs on this host."""
    removables: Sequence[Removable] = ()
    """What to remove from a host that no longer has the role, or all of envivo."""
    unneeded: Callable[[S, Context], Sequence[Removable]] = _nothing
    """What to remove from a host that has the role, because these settings do not need it."""
    remains: Callable[[], Sequence[Remains]] = lambda: ()
    """What a removal leaves on a host, unless it purges."""
    backups: Sequence[Backup] = ()
    """What belongs into a backup, beside the project."""
    relied_on: Mapping[str, str] = field(default_factory=dict)
    """Role -> what stops working on hosts with that role when this role's only host is removed."""
    costs: Callable[[Plan], Iterable[Cost]] = lambda plan: ()
    """Whom it interrupts to deploy a plan: the part of it that is the role's."""

    def checks(self, target: Target[S], evidence: Evidence) -> Iterator[Check]:
        """Checks from `checks(target, evidence)` of roles/NAME/checks.py, which a deploy does not load."""
        module = import_module(f"{__package__}.{self.name}.checks")
        found: Iterator[Check] = module.checks(target, evidence)
        return found

    def overview(self, settings: S, context: Context) -> Iterator[Question]:
        """Questions from `overview(settings, context)` of roles/NAME/overview.py, where the role has that."""
        name = f"{__package__}.{self.name}.overview"
        if find_spec(name):
            yield from import_module(name).overview(settings, context)

    def losses(self, target: Target[S]) -> Iterator[str]:
        """What is lost at once when the host is removed, in words, from `losses(target)` of roles/NAME/losses.py, where
        the role has that."""
        name = f"{__package__}.{self.name}.losses"
        if find_spec(name):
            yield from import_module(name).losses(target)

    def prerequisites(self, target: Target[S], evidence: Evidence) -> Iterable[Check]:
        """Checks of what must be there before a deploy, from `checks(target, evidence)` of
        roles/NAME/prerequisites.py, if the role has one."""
        name = f"{__package__}.{self.name}.prerequisites"
        found: Iterable[Check] = import_module(name).checks(target, evidence) if find_spec(name) else ()
        return found

    def runs_on(self, groups: Sequence[str]) -> bool:
        return not self.group or self.group in groups
