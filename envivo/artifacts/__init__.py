"""Artifacts of hosts beside distribution packages: pinned in artifacts.lock.toml, fetched and verified into the cache.

A deploy calls `ensure`. Importing this package and calling `ensure` on a full cache costs some 25 ms, in which every
file is hashed: modules that fetch (requests, rich, tarfile) are imported only when something is missing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envivo.core import paths

if TYPE_CHECKING:
    from envivo.artifacts.cache import Cache
    from envivo.artifacts.lock import Item, Lock

CACHE = paths.CACHE / "artifacts"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""What the kernel calls it -> what images call it."""


@dataclass(frozen=True)
class Image:
    """An archive for `docker load`, and what an Engine calls the image once it is loaded."""

    reference: str
    image_id: str
    """The digest of the image's configuration: what `docker image inspect -f {{.Id}}` prints with the classic store."""
    archive: Path
    sha256: str
    """Of the archive, as its receipt says."""
    accepted: tuple[str, ...] = ()
    """The ids that the lock file lists; none: the receipt is believed."""

    def verify(self) -> None:
        """Raise EnvivoError when the archive is not the one that was verified when it was fetched, or holds an image
        that the lock file does not list. Where it lists ids this inflates the archive: half a second.
        """
        from envivo.artifacts.cache import verify_file

        verify_file(self.archive, self.sha256)
        if self.accepted:
            from envivo.artifacts.image_archive import verify_id

            verify_id(self.archive, self.accepted)


@dataclass(frozen=True)
class PinnedFile:
    path: Path
    sha256: str
    """As the lock file says."""

    def read(self) -> bytes:
        """The content. Raise EnvivoError when it is not what is pinned."""
        from envivo.artifacts.cache import read_file

        return read_file(self.path, self.sha256)


@dataclass(frozen=True)
class Artifacts:
    mediamtx: Image
    caddy: Image
    hls_js: PinnedFile
    """hls.min.js; its LICENSE lies beside it."""


def ensure(arch: str) -> Artifacts:
    """The artifacts for hosts of that architecture (`amd64`, `arm64`); fetches what is missing, progress on stderr.

    EnvivoError when no source can serve, when what it serves does not match its pin, or when what the cache holds no
    longer does.
    """
    from envivo.artifacts.cache import Cache
    from envivo.artifacts.lock import architecture, load

    lock, cache = load(), Cache(CACHE)
    items = list(lock.items(architecture(arch)))
    if not all(cache.receipt(item) for item in items):
        from envivo.artifacts.fetching import fetch

        fetch(items, cache)
    found = _described(lock, cache, {item.name: item for item in items})
    for image in (found.mediamtx, found.caddy):
        image.verify()
    found.hls_js.read()
    return found


def page_library() -> tuple[str, str]:
    """The file of the page that comes from elsewhere, and its sha256, both as the lock file has them."""
    from envivo.artifacts.lock import load

    return _library(load())


def _library(lock: "Lock") -> tuple[str, str]:
    ((name, pinned),) = ((name, file) for name, file in lock.hls_js.files.items() if name.endswith(".js"))
    return name, pinned.sha256


def _described(lock: "Lock", cache: "Cache", items: "dict[str, Item]") -> Artifacts:
    library, sha256 = _library(lock)
    return Artifacts(
        mediamtx=_image(cache, items["mediamtx"]),
        caddy=_image(cache, items["caddy"]),
        hls_js=PinnedFile(cache.path(items["hls_js"]) / library, sha256),
    )


def _image(cache: "Cache", item: "Item") -> Image:
    receipt = cache.held(item)
    (archive,) = item.files
    sha256 = receipt.files[archive].sha256
    return Image(item.reference, receipt.image_id or "", cache.path(item) / archive, sha256, item.accepted)
