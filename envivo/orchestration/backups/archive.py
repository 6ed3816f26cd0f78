"""Archive of a backup: a tar inside age, written and read as a stream.

Its members: `backup.json` (which envivo, which environment), `project/PATH`, `hosts/HOST/NAME/00000001 ...` (pieces of
one tar archive each), and last `manifest.json` with the SHA-256 of each.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

import pyrage

from envivo.core.errors import EnvivoError
from envivo.secrets import age

FORMAT = 1
PIECE = 1 << 22
HEAD, MANIFEST, PROJECT, HOSTS = "backup.json", "manifest.json", "project", "hosts"
_LARGEST = 1 << 30
"""Bytes of a member, which is read at once."""


class Writer:
    """`count`: called with the bytes that were added."""

    def __init__(
        self, into: BinaryIO, head: Mapping[str, Any], count: Callable[[int], None] = lambda size: None
    ) -> None:
        self._tar = tarfile.TarFile.open(fileobj=into, mode="w|", format=tarfile.PAX_FORMAT)
        self._sums: dict[str, str] = {}
        self._count = count
        self.add(HEAD, json.dumps({"format": FORMAT, **head}).encode())

    def add(self, name: str, content: bytes, mode: int = 0o600) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), mode
        self._tar.addfile(member, io.BytesIO(content))
        self._sums[name] = hashlib.sha256(content).hexdigest()
        self._count(len(content))

    @contextmanager
    def pieces(self, folder: str) -> Iterator[Callable[[bytes], None]]:
        """A function that takes a stream, piece by piece."""
        held, number = bytearray(), 0

        def flush(least: int) -> None:
            nonlocal number
            while len(held) >= least and held:
                number += 1
                self.add(f"{folder}/{number:08}", bytes(held[:PIECE]))
                del held[:PIECE]

        def take(piece: bytes) -> None:
            held.extend(piece)
            flush(PIECE)

        yield take
        flush(0)

    def end(self) -> None:
        self.add(MANIFEST, json.dumps(self._sums).encode())
        self._tar.close()


class Member(NamedTuple):
    name: str
    mode: int
    content: bytes


class Contents(NamedTuple):
    """What a whole archive has."""

    head: Mapping[str, Any]
    project: Mapping[str, str]
    """Path -> SHA-256."""
    streams: tuple[tuple[str, str], ...]
    """Host and name of each."""


@contextmanager
def opened(file: Path, keys: list[Any]) -> Iterator[Iterator[Member]]:
    """The members, as they are decrypted. Raises EnvivoError (exit code 2) where the file is damaged."""
    try:
        with file.open("rb") as sealed, age.decrypting(sealed, keys) as found:
            yield _members(found)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            fix = "pass a matching identity: --identity"
            raise EnvivoError(str(file), "is encrypted for other keys", fix, 2) from None
        raise damaged(file) from None
    except (tarfile.TarError, ValueError, EOFError):
        raise damaged(file) from None
    except OSError as error:
        if error.filename or error.errno:
            raise EnvivoError(
                str(file), f"cannot be read ({error.strerror})", "give the path of a backup that you can read", 2
            ) from None
        raise damaged(file) from None


def damaged(file: Path) -> EnvivoError:
    return EnvivoError(str(file), "is damaged or incomplete", "use another copy of it", 2)


def _members(found: BinaryIO) -> Iterator[Member]:
    with tarfile.open(fileobj=found, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() and member.size <= _LARGEST else None
            if content is None:
                raise ValueError(member.name)
            yield Member(member.name, member.mode, content.read())


def verified(file: Path, keys: list[Any], count: Callable[[int], None] = lambda size: None) -> Contents:
    """Reads all of it, and changes nothing. Raises EnvivoError (exit code 2) where the file is damaged."""
    sums: dict[str, str] = {}
    head: Mapping[str, Any] = {}
    manifest = b""
    with opened(file, keys) as members:
        for name, _, content in members:
            count(len(content))
            if name == MANIFEST:
                manifest = content
                break
            if name == HEAD:
                head = json.loads(content)
            if name in sums or not _fit(name):
                raise ValueError(name)
            sums[name] = hashlib.sha256(content).hexdigest()
        if not manifest or json.loads(manifest) != sums or head.get("format") is None:
            raise ValueError(MANIFEST)
    if head["format"] != FORMAT:
        what = f"has the format {head['format']}, but this version of envivo reads {FORMAT}"
        raise EnvivoError(str(file), what, f"use envivo {head.get('envivo')}", 2)
    project = {name.partition("/")[2]: digest for name, digest in sums.items() if name.startswith(f"{PROJECT}/")}
    streams = dict.fromkeys(part for name in sums if (part := stream_of(name)))
    return Contents(head, project, tuple(streams))


def stream_of(name: str) -> tuple[str, str] | None:
    """Host and name of the stream that a member is a piece of."""
    parts = name.split("/")
    return (parts[1], parts[2]) if parts[0] == HOSTS and len(parts) == 4 else None


def _fit(name: str) -> bool:
    """Whether it stays in its folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name:
        return False
    return name == HEAD or name.startswith(f"{PROJECT}/") or stream_of(name) is not None
