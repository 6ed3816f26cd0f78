"""An inventory with its group data, as pyinfra would read them, in this process: settings and secrets stay in it."""

import ast
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envivo.core.errors import EnvivoError
from envivo.core.mistakes import mistake
from envivo.core.paths import PROJECT, is_project

LOCAL = "@local"
_ALL = "all"
_READ_WITHIN_S = 60


def ssh_address(name: str, data: Mapping[str, Any]) -> str:
    """Where the controller reaches a host of this name."""
    return "127.0.0.1" if name == LOCAL else str(data.get("ssh_hostname") or name)


@dataclass(frozen=True)
class Host:
    name: str
    groups: tuple[str, ...]
    data: Mapping[str, Any] = field(repr=False)
    """May hold secrets."""

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

    @property
    def described(self) -> dict[str, dict[str, Any]]:
        """Name -> address and groups, for --json."""
        return {host.name: {"address": host.address, "groups": list(host.groups)} for host in self.hosts}

    @property
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
    known = ", ".join(sorted(map(name, PROJECT.glob("inventories/*.py"))))
    return EnvivoError(given, f"there is no such {what}", f"name one of {known}", exit_code=2)


def ensure_project() -> None:
    """Raises EnvivoError (exit code 2) where commands are called outside of any project."""
    if not is_project(PROJECT):
        fix = "go to a project's directory, name it with --project, or make one with `envivo init`"
        raise EnvivoError(str(PROJECT), "is not a project (no inventories/)", fix, exit_code=2)


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
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


def read(file: Path, group_data: Sequence[Path] = (), others: bool = False) -> Inventory:
    """Reads an inventory and the group data of its hosts; no connection is made.

    `others`: executes the files of other groups too, other environments' among them, as pyinfra does, which sets no
    bound either; without it all of them end within _READ_WITHIN_S.
    pyinfra's own reader is part of its command line, which replaces the standard library's sockets by gevent's
    (docs/notes/pyinfra.md#gevents-sockets). Raises EnvivoError (exit code 2) with the line that is wrong.
    """
    from pyinfra.api.inventory import Inventory as Made  # slow to load, and nothing else here needs it
    from pyinfra.context import ctx_inventory

    if not file.is_file():
        raise _unknown(_place(file), "inventory", _place)
    with nullcontext() if others else _bounded(_READ_WITHIN_S):
        groups = _groups(file)
        bare = Made(groups[_ALL], **{name: group for name, group in groups.items() if name != _ALL})
        used = None if others else {_ALL, *(group for host in bare.hosts.values() for group in host.groups)}
        folders = [PROJECT / "group_data", file.parent.resolve() / "group_data", *group_data]
        with ctx_inventory.use(bare):  # for group data that ask which hosts there are
            for folder in dict.fromkeys(folders):
                for name, more in _group_data(folder, used):
                    hosts, data = groups.get(name, ([], {}))
                    groups[name] = (hosts, {**data, **more})
    made = Made(groups.pop(_ALL), **groups)
    return of(file.stem, made, _place(file), tuple(folder.resolve() for folder in group_data))


def of(env: str, made: Any, place: str = "", group_data: tuple[Path, ...] = ()) -> Inventory:
    """From pyinfra's own."""
    hosts = (Host(host.name, tuple(host.groups), host.data.dict()) for host in made.hosts.values())
    return Inventory(env, tuple(hosts), place, group_data)


def execute(file: Path) -> dict[str, Any]:
    """What a file of the project defines. It may import others, and find files, as under pyinfra in the project.

    Raises EnvivoError (exit code 2) with the line that is wrong.
    """
    defined: dict[str, Any] = {"__file__": str(file)}
    if str(PROJECT) not in sys.path:
        sys.path.append(str(PROJECT))
    try:
        with chdir(PROJECT), redirect_stdout(sys.stderr):  # standard output may be for machines
            exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), defined)  # noqa: S102 - as pyinfra does
    except Exception as error:  # noqa: BLE001 - it is the user's code
        raise mistake(file, error) from None
    return defined


def _groups(file: Path) -> dict[str, tuple[Any, Mapping[str, Any]]]:
    """pyinfra's rules: each list is a group, a tuple is one with its data; all hosts are in a group named as the file.

    `all` lists every host, and is made of the others where the file does not define it.
    """
    groups = {
        name: value if isinstance(value, tuple) else (value, {})
        for name, value in execute(file).items()
        if not name.startswith("_") and _is_group(value)
    }
    if _ALL not in groups:
        names = (host[0] if isinstance(host, tuple) else host for hosts, _ in groups.values() for host in hosts)
        groups[_ALL] = (list(dict.fromkeys(names)), {})
    groups.setdefault(file.stem, (groups[_ALL][0], {}))
    return groups


def _is_group(value: object) -> bool:
    hosts = value[0] if isinstance(value, tuple) and value else value
    return isinstance(hosts, list) and all(isinstance(host, str | tuple) for host in hosts)


def _group_data(folder: Path, groups: Collection[str] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each of the groups that has a file there, None: of every one; `folder` may be such a file."""
    for file in [folder] if folder.is_file() else sorted(folder.glob("*.py")):
        if file.suffix == ".py" and (groups is None or file.stem in groups):
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


def _place(file: Path) -> str:
    return str(file.relative_to(PROJECT)) if file.is_relative_to(PROJECT) else str(file)
