"""Files and directories, converged in two commands whatever their number.

One command reads the state of all of them; what differs travels as one archive on standard input, so that no
content reaches argv or a shared temporary directory, and is put in place by rename. pyinfra's own files.put does
neither: docs/notes/pyinfra.md#where-content-shows
"""

import base64
import io
import shlex
import tarfile
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import StringCommand, operation

from envivo.core.problems import Problem
from envivo.operations.access import restored
from envivo.operations.contents import Version, bring
from envivo.operations.fail_host import fail_host
from envivo.operations.file_states import FileStates
from envivo.operations.keeping import keep, noting
from envivo.operations.output import host_failed
from envivo.operations.reasons import LINK, Access, Difference, because, unlike
from envivo.operations.strays import claim
from envivo.state.desired import Directory, Entry, File, LocalFile
from envivo.state.file_states import FileState

_AWAY = "check its content, then move it away: mv {0} {0}.old"


class Changes(NamedTuple):
    directories: list[Directory]
    files: list[File]
    superfluous: list[str]
    why: list[Difference]
    """A reason for each entry of the lists, in the order of the wanted entries."""
    access: list[File | LocalFile]
    """What has the right content, if it has any, but not the right owner or mode."""


def deviation(wanted: Entry, state: FileState | None, gone: Collection[str] = ()) -> Difference | None:
    """`gone`: missing directories; entries in them are consequences."""
    if isinstance(wanted, LocalFile):
        access = Access(wanted.mode, wanted.owner, wanted.group)
        seen = state and Access(state.mode, state.owner, state.group)
        return unlike(wanted.path, access, seen, listed=state.listed) if state and seen else None
    if state is None:
        return Difference(wanted.path, "is missing", tuple({str(PurePosixPath(wanted.path).parent)} & set(gone)))
    is_file = isinstance(wanted, File)
    if bool(state.sha256) != is_file:
        return Difference(wanted.path, f"is not a {'file' if is_file else 'directory'}")
    if is_file and state.link:
        return Difference(wanted.path, LINK)
    access = Access(wanted.mode, wanted.owner, wanted.group)
    content_differs = isinstance(wanted, File) and wanted.sha256 != state.sha256
    return unlike(wanted.path, access, Access(state.mode, state.owner, state.group), content_differs, state.listed)


def differences(wanted: Sequence[Entry], states: dict[str, FileState]) -> Changes:
    """What to create, write and remove so that `states` becomes `wanted`."""
    changes = Changes([], [], [], [], [])
    paths: set[str] = set()
    gone = {entry.path for entry in wanted if isinstance(entry, Directory) and entry.path not in states}
    for entry in wanted:
        paths.add(entry.path)
        difference = deviation(entry, states.get(entry.path), gone)
        if difference is None:
            continue
        changes.why.append(difference)
        if difference.of_access and not isinstance(entry, Directory):
            changes.access.append(entry)
        elif isinstance(entry, File):
            changes.files.append(entry)
        elif isinstance(entry, Directory):
            changes.directories.append(entry)
    exclusive = [PurePosixPath(entry.path) for entry in wanted if isinstance(entry, Directory) and entry.exclusive]
    for path in states.keys() - paths:
        if any(PurePosixPath(path).is_relative_to(tree) for tree in exclusive):
            changes.superfluous.append(path)
    changes.superfluous.sort()
    changes.why.extend(Difference(path, "does not belong there", removes=True) for path in changes.superfluous)
    return changes


def obstacles(wanted: Iterable[Entry], states: Mapping[str, FileState]) -> Iterator[Problem]:
    """What stands in the place of an entry, and may be an administrator's own: a deploy deletes none of it."""
    for entry in wanted:
        state = states.get(entry.path)
        if state is None:
            continue
        if isinstance(entry, File) and state.kind == "d" and not (state.empty or state.link):
            yield Problem(entry.path, "is a directory with content, but must be a file", _AWAY.format(entry.path))
        elif isinstance(entry, Directory) and (state.sha256 or state.kind not in ("", "d")):
            yield Problem(entry.path, "is not a directory, but must be one", _AWAY.format(entry.path))


def access_script(entries: Sequence[Entry], listed: Collection[str]) -> str:
    """A script that creates directories that are missing, and gives all entries their owner and mode. `listed`: those
    with an access control list."""
    lines = [f"install -d {shlex.quote(entry.path)}" for entry in entries if isinstance(entry, Directory)]
    lines += [restored(entry.path, entry.mode, entry.owner, entry.group, entry.path in listed) for entry in entries]
    return _unless_fixed(" && ".join(lines), [entry.path for entry in entries])


def _unless_fixed(script: str, paths: Iterable[str]) -> str:
    """The script, which names those of the paths, and of the directories they are in, that chattr keeps as they are
    if it fails."""
    places = dict.fromkeys(place for path in paths for place in (path, str(PurePosixPath(path).parent)))
    say = '{ print $2 " cannot be changed (attributes " $1 "): chattr -i -a " $2 ", then deploy again" }'
    tell = f"lsattr -d {shlex.join(places)} 2>/dev/null | awk '$1 ~ /[ia]/ {say}' >&2"
    # not after ||, where a script's own `set -e` is without effect
    return f"(\n{script}\n)\ncode=$?; [ $code = 0 ] || {tell}; exit $code"


def archive(files: Sequence[File]) -> str:
    """The contents as a compressed tar in base64; its members are numbered in order."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as tar:
        for number, file in enumerate(files):
            member = tarfile.TarInfo(str(number))
            member.size = len(file.content)
            tar.addfile(member, io.BytesIO(file.content))
    return base64.encodebytes(packed.getvalue()).decode()


def install_script(files: Sequence[File], emptied: Collection[str] = ()) -> str:
    """A script that unpacks an `archive` from standard input beside each destination, then renames: no reader sees
    half a file. `emptied`: paths of which an empty directory is removed first."""
    lines = [
        "set -e",
        "staged=$(mktemp -d); trap 'rm -rf \"$staged\"' EXIT",
        'base64 -d | tar -xzf - -C "$staged"',
    ]
    for number, file in enumerate(files):
        path = PurePosixPath(file.path)
        new = shlex.quote(str(path.with_name(f".{path.name}.envivo-new")))
        if file.path in emptied:
            lines.append(f"rmdir {shlex.quote(file.path)}")
        lines.append(
            f'install -o {file.owner} -g {file.group} -m {file.mode} "$staged/{number}" {new} '
            f"&& mv -T {new} {shlex.quote(file.path)} || {{ rm -f {new}; exit 1; }}"
        )
    return _unless_fixed("\n".join(lines), [file.path for file in files])


def put_back(wanted: Sequence[Entry]) -> str:
    """Lines of templates/operations/restore.sh.j2."""

    def line(entry: Entry) -> str:
        verb = "put" if isinstance(entry, File) else "directory" if isinstance(entry, Directory) else "access"
        whole = shlex.join([verb, entry.path, entry.mode, entry.owner, entry.group])
        return f"! any {shlex.quote(entry.path)} || {whole}" if isinstance(entry, LocalFile) else whole

    return "\n".join(map(line, wanted))


@operation()
def files(wanted: Sequence[Entry]) -> Generator[StringCommand, None, None]:
    """Directories and files are exactly as wanted. Parents come before what is in them."""
    brings = [entry for entry in wanted if isinstance(entry, File)]
    claim(host, [file.path for file in brings])
    keep(host, brings, put_back(wanted))
    states = host.get_fact(
        FileStates,
        paths=[entry.path for entry in wanted],
        trees=[entry.path for entry in wanted if isinstance(entry, Directory) and entry.exclusive],
    )
    if host_failed():
        return
    changes = differences(wanted, states)
    if found := list(obstacles(wanted, states)):
        yield fail_host(*found)
        return
    bring(host, {file.path: Version(file.mode, file.content) for file in changes.files})
    if changes.why:
        because(host, changes.why)
    else:
        host.noop("all files are as wanted")
    entries = [*changes.directories, *changes.access]
    if entries:
        listed = {path for path, state in states.items() if state.listed}
        yield StringCommand(access_script(entries, listed))
    if changes.files:
        yield StringCommand(noting(file.path for file in changes.files))
        emptied = {path for path, state in states.items() if state.empty and not state.link}
        yield StringCommand(install_script(changes.files, emptied), _stdin=archive(changes.files))
    if changes.superfluous:
        yield StringCommand(_unless_fixed(f"rm -f -- {shlex.join(changes.superfluous)}", changes.superfluous))
