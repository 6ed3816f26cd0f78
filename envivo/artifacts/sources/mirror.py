"""A copy of another machine's cache: a directory, or the same over HTTP (`python3 -m http.server` in it will do).

Files pinned by themselves (hls.js) are checked against the lock file. An image is checked whole, every digest in it
down to its id. Where the lock file lists no ids the mirror's receipt is believed: who names a mirror trusts it.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from envivo.artifacts.cache import RECEIPT, Provenance, read_receipt, sha256_of
from envivo.artifacts.image_archive import ImageArchiveError, verified_id
from envivo.artifacts.lock import FilesArtifact, ImageArtifact, Item
from envivo.artifacts.sources import ChecksumError, UnavailableError, Watcher
from envivo.artifacts.sources.web import HttpSession, save


@dataclass(frozen=True)
class Mirror:
    place: str
    web: HttpSession
    name: str = "mirror"

    def fetch(self, item: Item, into: Path, watcher: Watcher) -> Provenance:
        self._copy(item, RECEIPT, into, watcher)
        receipt = read_receipt((into / RECEIPT).read_text(errors="replace"), item)
        if receipt is None:
            raise UnavailableError(f"{self._where(item, RECEIPT)} is not a receipt under a pin of the lock file")
        for name, file in receipt.files.items():
            self._copy(item, name, into, watcher)
            expected = item.spec.files[name].sha256 if isinstance(item.spec, FilesArtifact) else file.sha256
            if (found := sha256_of(into / name)) != expected:
                raise ChecksumError(item, self._where(item, name), f"sha256 {expected}", f"sha256 {found}")
        if isinstance(item.spec, ImageArtifact):
            watcher.step("checking the image")
            self._check_image(item, into, receipt.image_id)
        return Provenance(
            **receipt.model_dump(exclude={"files", "origin"}), origin=f"{receipt.origin}, through {self.place}"
        )

    def _check_image(self, item: Item, into: Path, claimed: str | None) -> None:
        (archive,) = item.files
        where = self._where(item, archive)
        try:
            found = verified_id(into / archive, item)
        except ImageArchiveError as error:
            raise ChecksumError(item, where, f"image id {claimed}", f"none: it {error}") from error
        if found != claimed:
            raise ChecksumError(item, where, f"image id {claimed}", f"image id {found}")

    def _where(self, item: Item, name: str) -> str:
        return f"{self.place.rstrip('/')}/{item.entry}/{name}"

    def _copy(self, item: Item, name: str, into: Path, watcher: Watcher) -> None:
        where = self._where(item, name)
        watcher.step(where)
        if is_url(self.place):
            save(self.web.fetch(where), into / name, watcher)
            return
        try:
            shutil.copyfile(where, into / name)
        except FileNotFoundError as error:
            raise UnavailableError(f"there is no {where}") from error
        except OSError as error:
            raise UnavailableError(f"{where}: {error.strerror}") from error


def is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))
