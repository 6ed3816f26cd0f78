"""An inventory with its group data, as pyinfra would read them, in this process: settings and secrets stay in it."""

import ast
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from envivo.core.errors import EnvivoError
from envivo.core.mistakes import mistake
from envivo.core.names import unknown
from envivo.core.paths import PROJECT, is_project
from envivo.core.problems import Problem
from envivo.core.quoting import shown

LOCAL = "@local"
_ALL = "all"
_READ_WITHIN_S = 60


def over_ssh(name: str) -> bool:
    """Whether a host of this name is reached over SSH, not by another connector of pyinfra's."""
    return not name.startswith("@") or name.startswith("@ssh/")


def ssh_address(name: str, data: Mapping[str, Any]) -> str:
    """Where the controller reaches a host of this name."""
    return "127.0.0.1" if name == LOCAL else str(data.get("ssh_hostname") or name)


@dataclass(frozen=True)
class Host:
    name: str
    groups: tuple[str, ...]
    data: Mapping[str, Any] = field(repr=False)
    """May hold secrets."""
    own: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The part of `data` that is the host's alone, not its groups'."""

    @property
    def address(self) -> str:
        """Where the controller reaches the host."""
        return ssh_address(self.name, self.data)


@dataclass(frozen=True)
class Inventory:
    env: str
    hosts: tuple[Host, ...]
    place: str = ""
    """The file, as pyinfra is given it in the project."""
    group_data: tuple[Path, ...] = ()
    """Directories that pyinfra prefers to the project's."""
    ignored: Mapping[str, object] = field(default_factory=dict, repr=False)
    """Names of the file that are not groups, although their values look like one."""

    @property
    def described(self) -> dict[str, dict[str, Any]]:
        """Name -> address and groups, for --json."""
        return {host.name: {"address": host.address, "groups": list(host.groups)} for host in self.hosts}

    def host(self, name: str) -> Host:
        return next(host for host in self.hosts if host.name == name)

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        names = {group for host in self.hosts for group in host.groups}
        return {name: [host.name for host in self.hosts if name in host.groups] for name in sorted(names)}


def named(env: str) -> Path:
    """The file of the environment that a command was given by name. Raises EnvivoError (exit code 2)."""
    ensure_project()
    file = PROJECT / "inventories" / f"{env}.py"
    if not file.is_file():
        raise _unknown(env, "environment", lambda other: other.stem)
    return file


def _unknown(given: str, what: str, name: Callable[[Path], str]) -> EnvivoError:
    known = sorted(map(name, PROJECT.glob("inventories/*.py")))
    return unknown(given, f"there is no such {what}", known, "write inventories/NAME.py")


def ensure_project() -> None:
    """Raises EnvivoError (exit code 2) where commands are called outside of any project."""
    if not is_project(PROJECT):
        fix = "go to a project's directory, name it with --project, or make one with `envivo init`"
        raise EnvivoError(str(PROJECT), "is not a project (no inventories/)", fix, exit_code=2)


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Ends what runs inside with TimeoutError: a file of the project may wait for something."""

    def end(*_: object) -> None:
        raise TimeoutError(f"did not end within {seconds:g} s")

    former = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def read(file: Path, group_data: Sequence[Path] = ()) -> Inventory:
    """Reads an inventory and the group data of its hosts; no connection is made.

    Files of other groups, other environments' among them, are left alone: a mistake there is not this one's.
    pyinfra's own reader is part of its command line, which replaces the standard library's sockets by gevent's
    (docs/notes/pyinfra.md#gevents-sockets). Raises EnvivoError (exit code 2) with the line that is wrong.
    """
    from pyinfra.api.inventory import Inventory as Made  # slow to load, and nothing else here needs it
    from pyinfra.context import ctx_inventory

    if not file.is_file():
        raise _unknown(place_of(file), "inventory", place_of)
    with bounded(_READ_WITHIN_S):
        groups, ignored = groups_of(file)
        bare = Made(groups[_ALL], **{name: group for name, group in groups.items() if name != _ALL})
        folders = [PROJECT / "group_data", file.parent.resolve() / "group_data", *group_data]
        with ctx_inventory.use(bare):  # for group data that ask which hosts there are
            for folder in dict.fromkeys(folders):
                for name, more in group_data_of(bare, folder):
                    hosts, data = groups.get(name, ([], {}))
                    groups[name] = (hosts, {**data, **more})
    made = Made(groups.pop(_ALL), **groups)
    read = of(file.stem, made, place_of(file), tuple(folder.resolve() for folder in group_data))
    return replace(read, ignored=ignored)


def of(env: str, made: Any, place: str = "", group_data: tuple[Path, ...] = ()) -> Inventory:
    """From pyinfra's own."""
    hosts = (
        Host(host.name, tuple(host.groups), host.data.dict(), made.get_host_data(host.name))
        for host in made.hosts.values()
    )
    return Inventory(env, tuple(hosts), place, group_data)


def execute(file: Path) -> dict[str, Any]:
    """What a file of the project defines. It may import others, and find files, as under pyinfra in the project.

    Raises EnvivoError (exit code 2) with the line that is wrong.
    """
    defined: dict[str, Any] = {"__file__": str(file)}
    if str(PROJECT) not in sys.path:
        sys.path.append(str(PROJECT))
    suspected: list[warnings.WarningMessage] = []
    try:
        text = file.read_text(encoding="utf-8")
        if text.startswith("\ufeff"):
            raise SyntaxError("it begins with a byte order mark: save it as UTF-8 without one", (None, 1, None, None))
        # standard output may be for machines
        with chdir(PROJECT), redirect_stdout(sys.stderr), warnings.catch_warnings(record=True) as seen:
            suspected = seen
            warnings.simplefilter("always", SyntaxWarning)
            exec(compile(text, str(file), "exec"), defined)  # noqa: S102 - as pyinfra does
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the user's code
        hints = [str(warning.message) for warning in suspected if "perhaps" in str(warning.message)]
        raise mistake(file, error, hints[0] if hints and isinstance(error, TypeError) else "") from None
    return defined


def groups_of(file: Path) -> tuple[dict[str, tuple[Any, Mapping[str, Any]]], dict[str, object]]:
    """pyinfra's rules: each list is a group, a tuple is one with its data; all hosts are in a group named as the file.

    `all` lists every host, and is made of the others where the file does not define it. Also what pyinfra ignores.
    """
    defined = execute(file)
    groups = {
        name: value if isinstance(value, tuple) else (value, {})
        for name, value in defined.items()
        if not name.startswith("_") and _is_group(value)
    }
    for name in groups:
        if wrong := wrong_group(defined[name]):
            raise _mistake_in(file, name, wrong)
    ignored = {name: value for name, value in defined.items() if name not in groups and _looks_like_one(name, value)}
    if _ALL not in groups:
        names = (host[0] if isinstance(host, tuple) else host for hosts, _ in groups.values() for host in hosts)
        groups[_ALL] = (list(dict.fromkeys(names)), {})
    groups.setdefault(file.stem, (groups[_ALL][0], {}))
    return groups, ignored


def _is_group(value: object) -> bool:
    hosts = value[0] if isinstance(value, tuple) and value else value
    return isinstance(hosts, list) and all(isinstance(host, str | tuple) for host in hosts)


def _looks_like_one(name: str, value: object) -> bool:
    return not name.startswith("_") and isinstance(value, str | list | tuple | set | dict)


def wrong_group(value: object) -> str:
    """Why a group is not one; pyinfra ignores it, or ends in a traceback."""
    hosts, data = value if isinstance(value, tuple) and len(value) == 2 else (value, {})
    if not isinstance(hosts, list):
        return f"must be a list of hosts, is {shown(value)}"
    if not isinstance(data, dict):
        return f"its data must be a dictionary, is {shown(data)}"
    for host in hosts:
        name, more = host if isinstance(host, tuple) and len(host) == 2 else (host, {})
        if not (isinstance(name, str) and name and isinstance(more, dict)):
            return f'each host must be "name" or ("name", {{...}}), one is {shown(host)}'
    return ""


def _mistake_in(file: Path, name: str, what: str) -> EnvivoError:
    """The error for what a file of the project assigns to a name."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    place = f"line {max(lines)}: {name}" if lines else name
    raised = EnvivoError(f"{place_of(file)}: {place}", what, "", exit_code=2)
    raised.problems = [Problem(place, what, file=place_of(file))]
    return raised


def group_data_of(made: Any, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The data of each group of pyinfra's inventory that has a file there; `folder` may be such a file."""
    groups = {_ALL, *(group for host in made.hosts.values() for group in host.groups)}
    for file in [folder] if folder.is_file() else sorted(folder.glob("*.py")):
        if file.suffix == ".py" and file.stem in groups:
            defined = execute(file)
            keys = defined["__all__"] if "__all__" in defined else defined.keys() - _imported(file)
            yield file.stem, {name: defined[name] for name in defined if name in keys and not name.startswith("__")}


def _imported(file: Path) -> set[str]:
    """Names that a file's own imports bind."""
    return {
        name.asname or name.name.split(".")[0]
        for statement in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for name in statement.names
    }


def place_of(file: Path) -> str:
    """The file as pyinfra is given it in the project."""
    return str(file.relative_to(PROJECT)) if file.is_relative_to(PROJECT) else str(file)
