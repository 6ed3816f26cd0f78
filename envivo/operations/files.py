"""Files and directories, converged in two commands whatever their number.

One command reads the state of all of them; what differs travels as one archive on standard input, so that no
content reaches argv or a shared temporary directory, and is put in place by rename. pyinfra's own files.put does
neither: docs/notes/pyinfra.md#where-content-shows
"""

import base64
import io
import re
import shlex
import tarfile
from collections.abc import Collection, Generator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.contents import Version, bring
from envivo.operations.keeping import keep, noting
from envivo.operations.output import host_failed, parsed_fact
from envivo.operations.reasons import Access, Difference, because, unlike
from envivo.operations.strays import claim
from envivo.state.desired import Directory, File


class FileState(NamedTuple):
    mode: str
    owner: str
    group: str
    sha256: str = ""


class FileStates(FactBase[dict[str, FileState]]):
    """Mode, owner, group and SHA-256 of the paths that exist, and of all files in the trees."""

    @staticmethod
    def default() -> dict[str, FileState]:
        return {}

    def command(self, paths: list[str], trees: list[str]) -> str:
        # -z: without it sha256sum writes a name with a backslash, as systemd's escapes have, in a way of its own
        show = "-printf '%m|%u|%g|%p\\0' -type f -exec sha256sum -z {} +"
        looks = [f"find -H {shlex.join(paths)} -maxdepth 0 {show}"]
        if trees:
            looks.append(f"find {shlex.join(trees)} -type f {show}")
        # find fails for a path that is missing, which is an answer here
        return f"{{ {'; '.join(looks)}; }} 2>/dev/null | tr '\\0' '\\n'; true"

    @parsed_fact
    def process(self, output: list[str]) -> dict[str, FileState]:
        states: dict[str, FileState] = {}
        digests: dict[str, str] = {}
        for line in output:
            if match := re.fullmatch(r"([0-9a-f]{64})  (.+)", line):
                digests[match[2]] = match[1]
            else:
                mode, owner, group, path = line.split("|", 3)
                states[path] = FileState(mode, owner, group)
        return {path: state._replace(sha256=digests.get(path, "")) for path, state in states.items()}


class Changes(NamedTuple):
    directories: list[Directory]
    files: list[File]
    superfluous: list[str]
    why: list[Difference]
    """A reason for each entry of the three lists, in the order of the wanted entries."""


def deviation(wanted: Directory | File, state: FileState | None, gone: Collection[str] = ()) -> Difference | None:
    """`gone`: missing directories; entries in them are consequences."""
    if state is None:
        return Difference(wanted.path, "is missing", tuple({str(PurePosixPath(wanted.path).parent)} & set(gone)))
    is_file = isinstance(wanted, File)
    if bool(state.sha256) != is_file:
        return Difference(wanted.path, f"is not a {'file' if is_file else 'directory'}")
    access = Access(wanted.mode, wanted.owner, wanted.group)
    content_differs = isinstance(wanted, File) and wanted.sha256 != state.sha256
    return unlike(wanted.path, access, Access(state.mode, state.owner, state.group), content_differs)


def differences(wanted: Sequence[Directory | File], states: dict[str, FileState]) -> Changes:
    """What to create, write and remove so that `states` becomes `wanted`."""
    changes = Changes([], [], [], [])
    paths: set[str] = set()
    gone = {entry.path for entry in wanted if isinstance(entry, Directory) and entry.path not in states}
    for entry in wanted:
        paths.add(entry.path)
        difference = deviation(entry, states.get(entry.path), gone)
        if difference is None:
            continue
        changes.why.append(difference)
        if isinstance(entry, File):
            changes.files.append(entry)
        else:
            changes.directories.append(entry)
    exclusive = [PurePosixPath(entry.path) for entry in wanted if isinstance(entry, Directory) and entry.exclusive]
    for path in states.keys() - paths:
        if any(PurePosixPath(path).is_relative_to(tree) for tree in exclusive):
            changes.superfluous.append(path)
    changes.superfluous.sort()
    changes.why.extend(Difference(path, "does not belong there", removes=True) for path in changes.superfluous)
    return changes


def archive(files: Sequence[File]) -> str:
    """The contents as a compressed tar in base64; its members are numbered in order."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as tar:
        for number, file in enumerate(files):
            member = tarfile.TarInfo(str(number))
            member.size = len(file.content)
            tar.addfile(member, io.BytesIO(file.content))
    return base64.encodebytes(packed.getvalue()).decode()


def install_script(files: Sequence[File]) -> str:
    """A script that unpacks an `archive` from standard input beside each destination, then renames: no reader sees
    half a file."""
    lines = [
        "set -e",
        "staged=$(mktemp -d); trap 'rm -rf \"$staged\"' EXIT",
        'base64 -d | tar -xzf - -C "$staged"',
    ]
    for number, file in enumerate(files):
        path = PurePosixPath(file.path)
        new = shlex.quote(str(path.with_name(f".{path.name}.envivo-new")))
        lines.append(
            f'install -o {file.owner} -g {file.group} -m {file.mode} "$staged/{number}" {new} '
            f"&& mv -T {new} {shlex.quote(file.path)} || {{ rm -f {new}; exit 1; }}"
        )
    return "\n".join(lines)


def put_back(wanted: Sequence[Directory | File]) -> str:
    """Lines of templates/operations/restore.sh.j2."""
    return "\n".join(
        shlex.join(
            ["put" if isinstance(entry, File) else "directory", entry.path, entry.mode, entry.owner, entry.group]
        )
        for entry in wanted
    )


@operation()
def files(wanted: Sequence[Directory | File]) -> Generator[StringCommand, None, None]:
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
    bring(host, {file.path: Version(file.mode, file.content) for file in changes.files})
    if changes.why:
        because(host, changes.why)
    else:
        host.noop("all files are as wanted")
    if changes.directories:
        yield StringCommand(
            " && ".join(
                f"install -d -o {entry.owner} -g {entry.group} -m {entry.mode} {shlex.quote(entry.path)}"
                for entry in changes.directories
            )
        )
    if changes.files:
        yield StringCommand(noting(file.path for file in changes.files))
        yield StringCommand(install_script(changes.files), _stdin=archive(changes.files))
    if changes.superfluous:
        yield StringCommand("rm -f --", shlex.join(changes.superfluous))
