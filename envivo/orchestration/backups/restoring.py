"""Restoring a backup: its project into a directory, its hosts' data onto the hosts that have the roles now."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from envivo.core.errors import EnvivoError
from envivo.inventory import Inventory
from envivo.operations import lease
from envivo.orchestration.backups.archive import PROJECT, Contents, opened, stream_of
from envivo.orchestration.backups.saving import Item, items, members
from envivo.orchestration.holding import held, run_held
from envivo.remote import RemoteShell
from envivo.secrets import age
from envivo.secrets.unreadable import Unreadable

_AFTER_WITHIN_S = 120


def identities(file: Path | None) -> list[Any]:
    """Raises EnvivoError (exit code 2)."""
    try:
        return list(age.identities(file or age.default_keys()))
    except Unreadable as wrong:
        what, fix = wrong.args
        fix = "give the file with your private key: --identity KEY" if "SOPS" in fix else fix
        raise EnvivoError("--identity", what, fix, 2) from None


def differing(directory: Path, contents: Contents) -> list[str]:
    """Existing files with other content."""
    return [path for path, digest in contents.project.items() if _other(directory / path, digest)]


def _other(file: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() != digest
    except (FileNotFoundError, NotADirectoryError):
        return file.is_symlink()
    except OSError:
        return True


def restore_project(file: Path, keys: list[Any], contents: Contents, directory: Path) -> int:
    """Writes the files that are missing, and returns their number. Raises EnvivoError (exit code 2) where others are
    there: nothing is overwritten.
    """
    if found := differing(directory, contents):
        listed = ", ".join(found[:10]) + (f" and {len(found) - 10} more" if len(found) > 10 else "")
        what = f"contains files that are not in the backup: {listed}"
        raise EnvivoError(str(directory), what, "restore into an empty directory: --into NEW", 2)
    written = 0
    try:
        with opened(file, keys) as found_members:
            for name, mode, content in found_members:
                folder, _, path = name.partition("/")
                if folder == PROJECT and not (directory / path).exists():
                    _write(directory, Path(path), content, mode)
                    written += 1
    except PermissionError as error:
        raise EnvivoError(
            str(directory), f"cannot be written ({error.strerror})", "give another directory: --into DIR", 2
        ) from None
    return written


def _write(directory: Path, path: Path, content: bytes, mode: int) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    here = directory
    for part in path.parent.parts:
        here = here / part
        private = part == ".envivo" or ".envivo" in here.relative_to(directory).parts
        here.mkdir(mode=0o700 if private else 0o777, exist_ok=True)
    new = (directory / path).with_name(f".{path.name}.restored")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    new.chmod(mode & 0o777)
    new.replace(directory / path)


def places_of(contents: Contents, read: Inventory) -> dict[tuple[str, str], Item]:
    """Stream of the backup -> where it belongs now: on the host of the same name, or the only one that has such data.

    Raises EnvivoError (exit code 2) where there is none.
    """
    here = items(read, recordings=True)
    found: dict[tuple[str, str], Item] = {}
    for host, name in contents.streams:
        fitting = [item for item in here if item.backup.name == name]
        same = [item for item in fitting if item.host == host]
        if not (same or len(fitting) == 1):
            what = (
                f"no host can receive {name} of {host}"
                if not fitting
                else f"several hosts could receive {name} of {host}"
            )
            raise EnvivoError(read.place, what, f"give one host the name {host}", 2)
        found[host, name] = (same or fitting)[0]
    return found


Tell = Callable[[str, int], None]
"""Takes what is being restored, and its bytes so far."""


def restore_hosts(
    file: Path,
    keys: list[Any],
    where: Mapping[tuple[str, str], Item],
    shells: Mapping[str, RemoteShell],
    tell: Tell,
) -> list[str]:
    """Puts data back under the deploy locks of the hosts; files that are there besides stay. Returns what was restored.

    Raises EnvivoError; it can be repeated.
    """
    mine = lease.ours()
    names = dict.fromkeys(item.host for item in where.values())
    with held({name: shells[name] for name in names}, mine, lambda words: tell(words, 0)) as refused:
        for finding in refused:
            raise EnvivoError(finding.host, finding.message, finding.fix)
        with opened(file, keys) as found:
            for key, pieces in groupby(found, lambda member: stream_of(member.name)):
                if key is not None and key in where:
                    item = where[key]
                    _restore(item, shells[item.host], mine, (member.content for member in pieces), tell)
        for item in where.values():
            if item.backup.after:
                tell(f"{item.host}: restarting services", 0)
                run_held(shells[item.host], mine, item.backup.after, _AFTER_WITHIN_S)
    return [f"{item.host}: {item.backup.what}" for item in where.values()]


def _restore(item: Item, shell: RemoteShell, mine: lease.Lease, pieces: Iterator[bytes], tell: Tell) -> None:
    total = 0

    def counted() -> Iterator[bytes]:
        nonlocal total
        for piece in pieces:
            total += len(piece)
            tell(f"{item.host}: {item.backup.what}", total)
            yield piece

    # only what the role names: who can replace the backup may not write elsewhere
    tar = f"umask 022; tar -C / --numeric-owner --same-permissions -xf - {members(item.backup)}"
    done = shell.stream(f"{lease.guarded(mine)} {tar}", counted())
    if done.code:
        said = done.err.strip().splitlines()[-1:] or [f"exit code {done.code}"]
        fix = f"fix that on {item.host}, then run the command again"
        raise EnvivoError(item.host, f"{item.backup.what} cannot be written ({said[0]})", fix)
