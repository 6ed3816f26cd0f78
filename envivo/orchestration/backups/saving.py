"""Content of a backup: the project, and the data of each host that a deploy cannot create again."""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pyrage

from envivo.core.errors import EnvivoError
from envivo.core.paths import PACKAGE, PROJECT
from envivo.inventory import Inventory
from envivo.orchestration.backups.archive import HOSTS, Writer
from envivo.orchestration.backups.archive import PROJECT as FOLDER
from envivo.orchestration.hosts import settings_of
from envivo.orchestration.roles import roles_of
from envivo.remote import RemoteShell
from envivo.secrets import age
from envivo.secrets.unreadable import Unreadable
from envivo.state.desired import Backup

_OF_CHECKOUT = ("inventories", "group_data", "secrets", "hooks", ".envivo")
"""Of the toolkit's own checkout: the rest is in its repository."""
_LEFT_OUT = {".git", "__pycache__", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
_LAB = Path(".envivo/lab")
_FILE_CHANGED = 1
"""tar's exit code where a file changed while it was read, as the recording of this minute does."""


class Item(NamedTuple):
    """Data of a role on a host."""

    host: str
    backup: Backup


def project_files(project: Path = PROJECT) -> Iterator[Path]:
    """Files of the project, sorted, without what git or a program makes again; links are followed."""
    checkout = PACKAGE.parent == project
    seen: set[Path] = set()
    for folder, directories, names in os.walk(project, followlinks=True):
        here = Path(folder)
        inside = here.relative_to(project)
        if here.resolve() in seen:  # a link that leads back
            directories.clear()
            continue
        seen.add(here.resolve())
        top = checkout and here == project
        directories[:] = sorted(
            name for name in directories
            if name not in _LEFT_OUT and inside / name != _LAB and not (here / name / "pyvenv.cfg").exists()
            and not (top and name not in _OF_CHECKOUT)
        )  # fmt: skip
        for name in () if top else sorted(names):
            if (here / name).is_file() and not _is_made_again(inside / name):
                yield inside / name


def _is_made_again(file: Path) -> bool:
    state = file.parts[0] == ".envivo" and file.name.endswith((".lock", ".new"))
    return state or file.name.endswith((".tar.age", ".age.part"))


def items(read: Inventory, recordings: bool) -> list[Item]:
    """Of all hosts."""
    return [
        Item(host.name, backup)
        for host in read.hosts
        for role, _ in roles_of(settings_of(read, host), host.groups)
        for backup in role.backups
        if recordings or not backup.on_request
    ]


def recipients(given: Sequence[str]) -> list[Any]:
    """Raises EnvivoError (exit code 2)."""
    try:
        return list(age.recipients(given))
    except Unreadable as wrong:
        what, fix = wrong.args
        raise EnvivoError("--key", what, fix, 2) from None


Tell = Callable[[str, int], None]
"""Takes what is being saved, and all bytes so far."""


def save(
    read: Inventory, shells: Mapping[str, RemoteShell], wanted: Sequence[Item], file: Path, keys: list[Any], tell: Tell
) -> dict[str, int]:
    """Writes the backup: the whole file, or none. Returns the bytes of each part. Raises EnvivoError."""
    sizes: dict[str, int] = {}
    part, total = "", 0

    def count(size: int) -> None:
        nonlocal total
        total += size
        sizes[part] = sizes.get(part, 0) + size
        tell(part, total)

    there = [item for item in wanted if _is_there(item, shells[item.host])]
    with _whole(file) as out, age.encrypting(out, keys) as into:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        part = "the project"
        writer = Writer(into, {"envivo": version("envivo"), "env": read.env, "made": now}, count)
        for path in project_files():
            source = PROJECT / path
            writer.add(f"{FOLDER}/{path.as_posix()}", source.read_bytes(), source.stat().st_mode & 0o777)
        for item in there:
            part = f"{item.host}: {item.backup.what}"
            with writer.pieces(f"{HOSTS}/{item.host}/{item.backup.name}") as take:
                _read(item, shells[item.host], take)
        writer.end()
    return sizes


def _is_there(item: Item, shell: RemoteShell) -> bool:
    done = shell.run(" || ".join(f"[ -e {shlex.quote(path)} ]" for path in item.backup.paths))
    if done.code not in (0, 1):
        why = "no answer within 20 s" if done.code == 124 else done.err.strip()
        raise EnvivoError(item.host, f"could not send {item.backup.what} ({why})", "try again")
    return done.code == 0


def members(backup: Backup) -> str:
    """Its paths as arguments of `tar -C /`."""
    return shlex.join(path.lstrip("/") for path in backup.paths)


def _read(item: Item, shell: RemoteShell, take: Callable[[bytes], None]) -> None:
    tar = f"tar -C / --numeric-owner --ignore-failed-read --warning=no-file-changed -cf - {members(item.backup)}"
    done = shell.stream(tar, (), take)
    if done.code not in (0, _FILE_CHANGED):
        said = done.err.strip().splitlines()[-1:] or [f"exit code {done.code}"]
        raise EnvivoError(
            item.host,
            f"{item.backup.what} cannot be read ({said[0]})",
            f"fix that on {item.host}, then run the command again",
        )


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO]:
    """The file, under another name until it is whole. Raises EnvivoError."""
    if file.exists():
        raise EnvivoError(str(file), "exists", "name a new file", 2)
    new = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    except OSError as error:
        raise EnvivoError(
            str(file), f"cannot be written ({error.strerror})", "check its directory and its disk"
        ) from None
    except pyrage.EncryptError as error:
        raise EnvivoError(str(file), f"cannot be written ({error})", "check its directory and its disk") from None
    finally:
        new.unlink(missing_ok=True)
