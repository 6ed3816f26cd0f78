"""A copy of another machine's cache, as a directory and over HTTP."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from envivo.artifacts.cache import RECEIPT, Cache
from envivo.artifacts.fetching import fetch
from envivo.artifacts.lock import Item
from envivo.artifacts.sources import ChecksumError
from envivo.core.errors import EnvivoError

from .parts import PROGRAM, Serve, Truncated, everything_below, files_item, image_item, release_pin, released, sha256

NOBODY = "http://127.0.0.1:9/demo.tar.gz"
ARCHIVE = "demo-1.0-amd64.tar.gz"


def mirrored(tmp_path: Path, serve: Serve, content: bytes = PROGRAM) -> tuple[Item, Path]:
    """An image that no source but a mirror serves, and that mirror: a cache filled elsewhere under the same pin."""
    publisher, mirror = tmp_path / "publisher", tmp_path / "mirror"
    publisher.mkdir()
    pinned = released(publisher, content)
    fetch([image_item(release_pin(f"{serve(publisher)}/demo.tar.gz", pinned))], Cache(mirror))
    return image_item(release_pin(NOBODY, pinned)), mirror


def change_receipt(entry: Path, **changes: Any) -> None:
    receipt = json.loads((entry / RECEIPT).read_text())
    (entry / RECEIPT).write_text(json.dumps({**receipt, **changes}))


def test_mirror_directory_fills_the_cache(tmp_path: Path, serve: Serve, cache: Cache) -> None:
    item, mirror = mirrored(tmp_path, serve)
    (fetched,) = fetch([item], cache, str(mirror))
    assert (cache.path(item) / ARCHIVE).read_bytes() == (mirror / item.entry / ARCHIVE).read_bytes()
    assert fetched.receipt.source == "release"
    assert fetched.receipt.origin.endswith(f"demo.tar.gz, through {mirror}")


def test_mirror_url_fills_the_cache(tmp_path: Path, serve: Serve, cache: Cache) -> None:
    item, mirror = mirrored(tmp_path, serve)
    fetch([item], cache, serve(mirror) + "/")
    cache.verify(item)


def test_mirror_that_breaks_off_is_not_taken(tmp_path: Path, serve: Serve, cache: Cache) -> None:
    item, mirror = mirrored(tmp_path, serve)
    with pytest.raises(EnvivoError, match=r"mirror: .*the connection ended"):
        fetch([item], cache, serve(mirror, Truncated))
    assert everything_below(cache.root) == set()


def test_mirror_file_unlike_its_receipt_stops_with_both_values(tmp_path: Path, serve: Serve, cache: Cache) -> None:
    item, mirror = mirrored(tmp_path, serve)
    archive = mirror / item.entry / ARCHIVE
    expected = sha256(archive.read_bytes())
    archive.write_bytes(gzip.compress(b"another"))
    with pytest.raises(ChecksumError) as stopped:
        fetch([item], cache, str(mirror))
    assert stopped.value.what == (
        f"{archive} has sha256 {sha256(gzip.compress(b'another'))} instead of sha256 {expected}"
    )
    assert everything_below(cache.root) == set()


def test_mirror_image_unlike_the_id_in_its_receipt_stops(tmp_path: Path, serve: Serve, cache: Cache) -> None:
    item, mirror = mirrored(tmp_path, serve)
    change_receipt(mirror / item.entry, image_id=f"sha256:{'0' * 64}")
    with pytest.raises(ChecksumError, match=r"image id sha256:\w+ instead of image id sha256:0{64}"):
        fetch([item], cache, str(mirror))
    assert everything_below(cache.root) == set()


def test_mirror_image_must_be_one_of_the_ids_in_the_lock_file(tmp_path: Path, serve: Serve, cache: Cache) -> None:
    item, mirror = mirrored(tmp_path, serve)
    image_id = json.loads((mirror / item.entry / RECEIPT).read_text())["image_id"]
    pinned = item.spec.sources[0].model_dump()
    with pytest.raises(ChecksumError, match=rf"image id {image_id} instead of image id sha256:1{{64}}"):
        fetch([image_item(pinned, image_ids=[f"sha256:{'1' * 64}"])], cache, str(mirror))
    fetch([image_item(pinned, image_ids=[image_id])], cache, str(mirror))
    cache.verify(item)


def test_mirror_archive_that_is_no_image_stops(tmp_path: Path, serve: Serve, cache: Cache) -> None:
    item, mirror = mirrored(tmp_path, serve)
    content = gzip.compress(b"no tar")
    (mirror / item.entry / ARCHIVE).write_bytes(content)
    change_receipt(mirror / item.entry, files={ARCHIVE: {"sha256": sha256(content), "size": len(content)}})
    with pytest.raises(ChecksumError, match="none: it is not a complete archive of one image"):
        fetch([item], cache, str(mirror))
    assert everything_below(cache.root) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"pin": f"sha256:{'2' * 64}"},
        {"source": "go"},
        {"files": {"../escape": {"sha256": "0" * 64, "size": 1}}},
        {"files": {"other.tar.gz": {"sha256": "0" * 64, "size": 1}}},
        {"files": "nonsense"},
    ],
)
def test_mirror_receipt_of_something_else_is_refused(
    tmp_path: Path, serve: Serve, cache: Cache, changes: dict[str, Any]
) -> None:
    item, mirror = mirrored(tmp_path, serve)
    change_receipt(mirror / item.entry, **changes)
    with pytest.raises(EnvivoError, match=r"mirror: .*receipt.json is not a receipt under a pin of the lock file"):
        fetch([item], cache, str(mirror))
    assert everything_below(cache.root) == set()


def test_mirror_file_pinned_by_itself_is_checked_against_the_lock_file(tmp_path: Path, cache: Cache) -> None:
    good, evil = b"export default 1", b"export default 2"
    npm = {"use": "npm", "package": "page", "version": "1.0", "integrity": f"sha512-{'A' * 86}==", "checked": True}
    item = files_item(npm, content=good)
    entry = tmp_path / "mirror" / item.entry
    entry.mkdir(parents=True)
    (entry / "demo.js").write_bytes(evil)
    files = {"demo.js": {"sha256": sha256(evil), "size": len(evil)}}
    receipt = {"source": "npm", "pin": npm["integrity"], "origin": "npm", "files": files}
    (entry / RECEIPT).write_text(json.dumps(receipt))
    with pytest.raises(ChecksumError, match=f"has sha256 {sha256(evil)} instead of sha256 {sha256(good)}"):
        fetch([item], cache, str(tmp_path / "mirror"))
    (entry / "demo.js").write_bytes(good)
    fetch([item], cache, str(tmp_path / "mirror"))
    assert (cache.path(item) / "demo.js").read_bytes() == good
