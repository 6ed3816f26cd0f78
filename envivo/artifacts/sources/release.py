"""A publisher's release tarball: its program becomes an image of one binary."""

import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from envivo.artifacts.cache import Provenance
from envivo.artifacts.image_archive import pack_program
from envivo.artifacts.lock import Item, ReleasePin
from envivo.artifacts.sources import ChecksumError, UnavailableError, Watcher
from envivo.artifacts.sources.web import HttpSession, save


@dataclass(frozen=True)
class Release:
    pin: ReleasePin
    web: HttpSession
    name: str = "release"

    def fetch(self, item: Item, into: Path, watcher: Watcher) -> Provenance:
        wanted = self.pin.tarball(item.arch)
        with tempfile.TemporaryDirectory(dir=into) as work:
            tarball = Path(work) / "release.tar.gz"
            watcher.step(wanted.url)
            found = save(self.web.fetch(wanted.url), tarball, watcher)
            if found != wanted.sha256:
                expected, got = f"sha256 {wanted.sha256}", f"sha256 {found}"
                raise ChecksumError(item, wanted.url, expected, got, checked=self.pin.checked)
            watcher.step("packing the image")
            image_id = self._pack(tarball, item, into)
        return Provenance(source=self.pin.use, pin=self.pin.value(item.arch), origin=wanted.url, image_id=image_id)

    def _pack(self, tarball: Path, item: Item, into: Path) -> str:
        with tarfile.open(tarball) as tar:
            try:
                member = tar.getmember(self.pin.member)
                program = tar.extractfile(member)
            except KeyError:
                program = None
            if program is None:
                raise UnavailableError(f"{self.pin.tarball(item.arch).url} contains no file {self.pin.member}")
            with program:
                return pack_program(program, member.size, item, into)
