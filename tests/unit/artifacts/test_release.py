"""The publisher's release tarball, over HTTP."""

import socket
from pathlib import Path

import pytest

from envivo.artifacts.cache import Cache
from envivo.artifacts.fetching import fetch
from envivo.artifacts.image_archive import verified_id
from envivo.artifacts.sources import ChecksumError, UnavailableError
from envivo.artifacts.sources import web as web_module
from envivo.artifacts.sources.release import Release
from envivo.artifacts.sources.web import HttpSession
from envivo.core.errors import EnvivoError

from .parts import (
    Labelled,
    Serve,
    Truncated,
    Watched,
    everything_below,
    image_item,
    release_pin,
    released,
    sha256,
    tarball,
)


@pytest.fixture
def publisher(tmp_path: Path) -> Path:
    directory = tmp_path / "publisher"
    directory.mkdir()
    return directory


def test_release_becomes_an_image_of_its_program(publisher: Path, serve: Serve, cache: Cache) -> None:
    pinned = released(publisher)
    item = image_item(release_pin(f"{serve(publisher)}/demo.tar.gz", pinned))
    (fetched,) = fetch([item], cache)
    assert fetched.receipt.image_id == verified_id(cache.path(item) / "demo-1.0-amd64.tar.gz", item)
    assert fetched.receipt.pin == f"sha256:{pinned}"


def test_release_download_reports_its_bytes(publisher: Path, serve: Serve, tmp_path: Path) -> None:
    pin = release_pin(f"{serve(publisher)}/demo.tar.gz", released(publisher))
    item, watched = image_item(pin), Watched()
    (source,) = (Release(pin, HttpSession()) for pin in item.spec.sources if pin.use == "release")
    source.fetch(item, tmp_path, watched)
    size = (publisher / "demo.tar.gz").stat().st_size
    assert watched.sizes[-1] == (size, size)


def test_release_is_taken_as_it_lies_on_a_server_that_calls_gzip_an_encoding(
    publisher: Path, serve: Serve, cache: Cache
) -> None:
    item = image_item(release_pin(f"{serve(publisher, Labelled)}/demo.tar.gz", released(publisher)))
    assert fetch([item], cache)[0].fresh


@pytest.mark.parametrize(("checked", "fix"), [(True, "find out why"), (False, "never checked against a download")])
def test_release_with_a_wrong_checksum_stops_with_both_values(
    publisher: Path, serve: Serve, cache: Cache, checked: bool, fix: str
) -> None:
    found, expected = released(publisher), sha256(b"something else")
    url = f"{serve(publisher)}/demo.tar.gz"
    good = release_pin(url, found)
    with pytest.raises(ChecksumError, match=fix) as stopped:
        fetch([image_item(release_pin(url, expected, checked=checked), good)], cache)
    assert stopped.value.what == f"{url} has sha256 {found} instead of sha256 {expected}"
    assert stopped.value.exit_code == 1
    assert everything_below(cache.root) == set()


def test_release_download_that_breaks_off_is_not_taken(publisher: Path, serve: Serve, cache: Cache) -> None:
    item = image_item(release_pin(f"{serve(publisher, Truncated)}/demo.tar.gz", released(publisher)))
    with pytest.raises(EnvivoError, match=r"release: .*demo.tar.gz: the connection ended after \d+ of \d+ bytes"):
        fetch([item], cache)
    assert everything_below(cache.root) == set()


def test_release_that_cannot_be_reached_gives_way_to_the_next_source(
    publisher: Path, serve: Serve, cache: Cache, unused_url: str
) -> None:
    pinned = released(publisher)
    url = f"{serve(publisher)}/demo.tar.gz"
    item = image_item(release_pin(f"{unused_url}/demo.tar.gz", pinned), release_pin(url, pinned))
    assert fetch([item], cache)[0].receipt.origin == url


def test_release_without_the_program_is_unavailable(publisher: Path, serve: Serve, tmp_path: Path) -> None:
    content = tarball({"README": b"no program"})
    (publisher / "demo.tar.gz").write_bytes(content)
    item = image_item(release_pin(f"{serve(publisher)}/demo.tar.gz", sha256(content)))
    (source,) = (Release(pin, HttpSession()) for pin in item.spec.sources if pin.use == "release")
    with pytest.raises(UnavailableError, match="contains no file demo"):
        source.fetch(item, tmp_path, Watched())


def test_web_asks_a_silent_host_once(unused_url: str) -> None:
    web = HttpSession()
    reasons = []
    for path in ("one", "two"):
        with pytest.raises(UnavailableError) as refused:
            web.fetch(f"{unused_url}/{path}")
        reasons.append(refused.value)
    assert "Connection refused" in str(reasons[0])
    assert (reasons[0].__cause__ is not None, reasons[1].__cause__ is not None) == (True, False)


def test_web_does_not_wait_for_a_host_that_accepts_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(UnavailableError, match=r"no answer within 0\.2 s"):
            HttpSession().fetch(f"http://127.0.0.1:{port}/file")
