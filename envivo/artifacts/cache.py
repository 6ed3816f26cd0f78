"""The cache: one directory per artifact, with a receipt: what lies there, where it came from, which pin vouches for it.

A directory appears whole, by one rename, after its content was verified; anything with another name is not an artifact.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from envivo.artifacts.lock import Digest, FileName, Item, Sha256, Strict
from envivo.core.errors import EnvivoError

RECEIPT = "receipt.json"
_STAGING = ".partial-"
_REPLACED = ".replaced-"
REFETCH = "run `envivo artifacts fetch`, which replaces damaged artifacts"


class Provenance(Strict):
    """Which pin of the lock file vouches for an artifact, and the way it came."""

    source: str
    pin: str
    origin: str
    image_id: Digest | None = None


class HeldFile(Strict):
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class Receipt(Provenance):
    files: dict[FileName, HeldFile]


def sha256_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def verify_file(path: Path, expected: str) -> None:
    """Raise EnvivoError naming both values unless the file's sha256 is the expected one."""
    try:
        found = sha256_of(path)
    except OSError as error:
        raise EnvivoError(str(path), f"cannot be read ({error.strerror})", REFETCH) from error
    _compare(path, found, expected)


def read_file(path: Path, expected: str) -> bytes:
    """The very bytes that have the expected sha256. Raise EnvivoError otherwise, as `verify_file`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EnvivoError(str(path), f"cannot be read ({error.strerror})", REFETCH) from error
    _compare(path, hashlib.sha256(content).hexdigest(), expected)
    return content


def _compare(path: Path, found: str, expected: str) -> None:
    if found != expected:
        raise EnvivoError(str(path), f"has sha256 {found} instead of {expected}", REFETCH)


def read_receipt(text: str, item: Item) -> Receipt | None:
    """The receipt in this text when it is one of the item under a pin that the lock file still has, else None."""
    try:
        receipt = Receipt.model_validate_json(text)
    except ValidationError:
        return None
    known = (receipt.source, receipt.pin) in item.pins and set(receipt.files) == set(item.files)
    return receipt if known else None


@dataclass(frozen=True)
class Cache:
    root: Path

    def path(self, item: Item) -> Path:
        return self.root / item.entry

    def receipt(self, item: Item) -> Receipt | None:
        """The receipt of an entry that is there in full length; content is not hashed (see `verify`)."""
        try:
            receipt = read_receipt((self.path(item) / RECEIPT).read_text(), item)
            whole = receipt and all(
                (self.path(item) / name).stat().st_size == file.size for name, file in receipt.files.items()
            )
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            return None
        accepted = not item.accepted or (receipt and receipt.image_id in item.accepted)
        return receipt if whole and accepted else None

    def held(self, item: Item) -> Receipt:
        """The receipt of an entry that must be there; EnvivoError when it was removed meanwhile."""
        receipt = self.receipt(item)
        if receipt is None:
            raise EnvivoError(str(self.path(item)), "was deleted from the cache meanwhile", REFETCH)
        return receipt

    def verify(self, item: Item) -> None:
        """Raise EnvivoError when a file of a held entry is not what the lock file says, or else its receipt."""
        for name, file in self.held(item).files.items():
            verify_file(self.path(item) / name, item.pinned.get(name, file.sha256))

    @contextmanager
    def staging(self, item: Item) -> Iterator[Path]:
        """An empty directory that becomes the entry when `keep` is called, and is gone in any case afterwards."""
        directory = self.root / f"{_STAGING}{item.entry}"
        directory.mkdir()
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def keep(self, item: Item, staged: Path, provenance: Provenance) -> Receipt:
        """Turn a staging directory that holds the item's files, verified, into the entry: one rename."""
        files = {
            name: HeldFile(sha256=sha256_of(staged / name), size=(staged / name).stat().st_size) for name in item.files
        }
        receipt = Receipt(**provenance.model_dump(), files=files)
        (staged / RECEIPT).write_text(receipt.model_dump_json(indent=1) + "\n")
        if self.path(item).exists():
            self.path(item).rename(self.root / f"{_REPLACED}{item.entry}")
        staged.rename(self.path(item))
        self.sweep()
        return receipt

    def sweep(self) -> None:
        """Remove what an interrupted fetch left. Only for who holds the lock of `exclusive`."""
        for prefix in (_STAGING, _REPLACED):
            for left in self.root.glob(f"{prefix}*"):
                shutil.rmtree(left, ignore_errors=True)
