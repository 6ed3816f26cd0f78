"""What hosts get that is no distribution package: pinned in artifacts.lock.toml, fetched and verified into the cache.

`ensure` is what a deploy calls. Importing this package and calling `ensure` on a full cache costs milliseconds:
whatever fetches (requests, rich, tarfile) is imported when something is missing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envivo import places

if TYPE_CHECKING:
    from envivo.artifacts.cache import Cache
    from envivo.artifacts.lock import Item, Lock

CACHE = places.CACHE / "artifacts"
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

    def verify(self) -> None:
        """Raise EnvivoError when the archive is not, or is no longer, the one that was verified when it was fetched."""
        from envivo.artifacts.cache import verify_file

        verify_file(self.archive, self.sha256)


@dataclass(frozen=True)
class Artifacts:
    mediamtx: Image
    caddy: Image
    hls_js: Path
    """The file hls.min.js; its LICENSE lies beside it."""


def ensure(arch: str) -> Artifacts:
    """The artifacts for hosts of that architecture (`amd64`, `arm64`); fetches what is missing, progress on stderr.

    EnvivoError when no source can serve, or when what it serves does not match its pin.
    """
    from envivo.artifacts.cache import Cache
    from envivo.artifacts.lock import architecture, load

    lock, cache = load(), Cache(CACHE)
    items = list(lock.items(architecture(arch)))
    if not all(cache.receipt(item) for item in items):
        from envivo.artifacts.fetching import fetch

        fetch(items, cache)
    return _described(lock, cache, {item.name: item for item in items})


def _described(lock: "Lock", cache: "Cache", items: "dict[str, Item]") -> Artifacts:
    (library,) = (name for name in lock.hls_js.files if name.endswith(".js"))
    return Artifacts(
        mediamtx=_image(cache, items["mediamtx"]),
        caddy=_image(cache, items["caddy"]),
        hls_js=cache.path(items["hls_js"]) / library,
    )


def _image(cache: "Cache", item: "Item") -> Image:
    receipt = cache.held(item)
    (archive,) = item.files
    return Image(item.reference, receipt.image_id or "", cache.path(item) / archive, receipt.files[archive].sha256)
