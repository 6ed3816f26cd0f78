"""npm itself, against a registry that is a few lines of HTTP."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from envivo.artifacts.cache import Cache
from envivo.artifacts.fetching import fetch
from envivo.artifacts.lock import Item
from envivo.artifacts.sources import ChecksumError
from envivo.artifacts.sources.npm import reason
from envivo.core.errors import EnvivoError

from .parts import Serve, everything_below, files_item, tarball

SCRIPT = b"export const page = 1"


def integrity(content: bytes) -> str:
    return f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"


@pytest.fixture
def published(tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], str]:
    """Publish page@1.0.0 with that script in a registry that npm uses from now on; its integrity."""
    root = tmp_path / "npm-registry"
    root.mkdir()
    url = serve(root)
    monkeypatch.setenv("npm_config_registry", url)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))

    def publish(script: bytes) -> str:
        package = {"name": "page", "version": "1.0.0"}
        content = tarball({"package/package.json": json.dumps(package).encode(), "package/dist/demo.js": script})
        (root / "page-1.0.0.tgz").write_bytes(content)
        found = integrity(content)
        version = {**package, "dist": {"tarball": f"{url}/page-1.0.0.tgz", "integrity": found}}
        document = {"name": "page", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        (root / "page").write_text(json.dumps(document))
        return found

    return publish


def page(pinned: str, content: bytes = SCRIPT, version: str = "1.0.0") -> Item:
    pin: dict[str, Any] = {"use": "npm", "package": "page", "version": version, "integrity": pinned, "checked": True}
    return files_item(pin, content=content)


def test_npm_package_gives_its_file(published: Callable[[bytes], str], cache: Cache) -> None:
    item = page(published(SCRIPT))
    fetch([item], cache)
    assert (cache.path(item) / "demo.js").read_bytes() == SCRIPT


def test_npm_package_with_a_wrong_integrity_stops_with_both_values(
    published: Callable[[bytes], str], cache: Cache
) -> None:
    found, expected = published(SCRIPT), integrity(b"what was pinned")
    with pytest.raises(ChecksumError) as stopped:
        fetch([page(expected)], cache)
    assert stopped.value.what == f"npm: page@1.0.0 has integrity {found} instead of integrity {expected}"
    assert everything_below(cache.root) == set()


def test_npm_file_unlike_its_own_pin_stops(published: Callable[[bytes], str], cache: Cache) -> None:
    pinned = published(SCRIPT)
    with pytest.raises(ChecksumError, match=r"npm: demo\.js has sha256"):
        fetch([page(pinned, content=b"what was pinned")], cache)
    assert everything_below(cache.root) == set()


def test_npm_version_that_is_not_there_is_unavailable(published: Callable[[bytes], str], cache: Cache) -> None:
    pinned = published(SCRIPT)
    with pytest.raises(EnvivoError, match=r"npm: npm pack page@9\.9\.9: .*ETARGET"):
        fetch([page(pinned, version="9.9.9")], cache)


def test_npm_registry_that_is_not_reached_is_unavailable_with_its_reason(
    cache: Cache, unused_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", unused_url)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    with pytest.raises(EnvivoError, match=r"npm: npm pack page@1\.0\.0: request to .* ECONNREFUSED"):
        fetch([page(integrity(b""))], cache)
    assert everything_below(cache.root) == set()


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ("", ""),
        (
            "npm warn old\nnpm error code E404\nnpm error 404 Not Found - GET http://r/x",
            "404 Not Found - GET http://r/x",
        ),
        ("npm error code ENOSPC\nnpm error syscall write", "code ENOSPC"),
        ("npm ERR! code E1\nnpm ERR!  FetchError: request to http://r/x failed", "request to http://r/x failed"),
    ],
)
def test_npm_reason_is_the_line_that_says_most(stderr: str, expected: str) -> None:
    assert reason(stderr) == expected
