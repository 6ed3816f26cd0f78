"""Filling the cache: order of sources, what a refusal says, what interruptions and neighbours do."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from filelock import FileLock

from envivo.artifacts.cache import Cache
from envivo.artifacts.fetching import fetch
from envivo.artifacts.lock import Item
from envivo.core.errors import EnvivoError
from tests.patience import patient, until

from .parts import Serve, everything_below, image_item, release_pin, released, sha256


@pytest.fixture
def item(tmp_path: Path, serve: Serve) -> Item:
    publisher = tmp_path / "publisher"
    publisher.mkdir()
    pinned = released(publisher)
    return image_item(release_pin(f"{serve(publisher)}/demo.tar.gz", pinned))


def test_fetch_a_second_time_asks_no_source(item: Item, cache: Cache, tmp_path: Path) -> None:
    fetch([item], cache)
    (tmp_path / "publisher" / "demo.tar.gz").unlink()
    assert [one.fresh for one in fetch([item], cache)] == [False]


def test_fetch_when_no_source_serves_names_each_and_why(cache: Cache, unused_url: str, tmp_path: Path) -> None:
    pin = {"use": "registry", "url": unused_url, "repository": "demo", "digest": f"sha256:{'0' * 64}", "checked": True}
    item = image_item(pin, release_pin("http://nothing.invalid/demo.tar.gz", "0" * 64))
    with pytest.raises(EnvivoError) as refused:
        fetch([item], cache, str(tmp_path / "mirror"))
    reasons = refused.value.what.removeprefix("no source can serve it (").removesuffix(")").split("; ")
    assert reasons[0] == f"mirror: there is no {tmp_path}/mirror/demo-1.0-amd64/receipt.json"
    assert reasons[1] == f"registry: {unused_url.removeprefix('http://')}: Connection refused"
    assert reasons[2].startswith("release: nothing.invalid: ") and "not known" in reasons[2]
    assert len(reasons) == 3
    assert "envivo artifacts fetch --arch amd64 --from" in refused.value.fix
    assert refused.value.exit_code == 1
    assert everything_below(cache.root) == set()


def test_fetch_replaces_an_archive_that_was_changed(item: Item, cache: Cache) -> None:
    (before,) = fetch([item], cache)
    archive = cache.path(item) / item.files[0]
    archive.write_bytes(bytes(archive.stat().st_size))
    (after,) = fetch([item], cache)
    assert after.fresh
    assert after.receipt == before.receipt
    cache.verify(item)


def test_fetch_replaces_an_entry_whose_pin_left_the_lock_file(item: Item, cache: Cache, tmp_path: Path) -> None:
    fetch([item], cache)
    url = item.spec.sources[0].model_dump()["amd64"]["url"]
    repinned = image_item(release_pin(url, released(tmp_path / "publisher", b"a newer build")))
    assert cache.receipt(repinned) is None
    assert fetch([repinned], cache)[0].fresh
    assert cache.receipt(item) is None
    assert {path.name for path in cache.root.iterdir()} == {".lock", item.entry}


def test_fetch_sweeps_what_an_interrupted_one_left(item: Item, cache: Cache) -> None:
    for left in (".partial-demo-1.0-amd64", ".replaced-other-1.0"):
        (cache.root / left).mkdir()
        (cache.root / left / "image.tar").write_bytes(b"half")
    fetch([item], cache)
    assert {path.name for path in cache.root.iterdir()} == {".lock", item.entry}


def test_fetch_waits_for_another_and_finds_its_work_done(
    item: Item, cache: Cache, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    results: list[bool] = []
    with FileLock(cache.root / ".lock"):
        waiting = Thread(target=lambda: results.append(fetch([item], cache)[0].fresh))
        waiting.start()
        said = ""
        while "waiting for another fetch" not in said:
            assert waiting.is_alive()
            said += capfd.readouterr().err
        elsewhere = Cache(tmp_path / "elsewhere")
        fetch([item], elsewhere)
        elsewhere.path(item).rename(cache.path(item))
    waiting.join(30)
    assert results == [False]


def test_fetch_that_is_interrupted_leaves_nothing_taken_for_whole(tmp_path: Path, cache: Cache) -> None:
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text('#!/bin/sh\necho started > "$STARTED"\nexec sleep 600\n')
    go.chmod(0o755)
    started = tmp_path / "started"
    where = {"module": "example.org/demo", "package": "example.org/demo", "version": "v1.0.0"}
    pin = {"use": "go", **where, "sum": f"h1:{'A' * 43}=", "checked": True}
    program = (
        "import pathlib, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it\n"
        "from envivo.artifacts.cache import Cache\n"
        "from envivo.artifacts.fetching import fetch\n"
        "from tests.unit.artifacts.parts import image_item\n"
        f"fetch([image_item({pin!r})], Cache(pathlib.Path({str(cache.root)!r})))\n"
    )
    environment = {**os.environ, "PATH": f"{go.parent}:{os.environ['PATH']}", "STARTED": str(started)}
    environment["PYTHONPATH"] = str(Path(__file__).parents[3])
    process = subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.DEVNULL)
    try:
        until(bool, lambda: started.exists() or process.poll() is not None, 30, 0.05)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.wait(patient(15))  # less than the fake go takes
    finally:
        process.kill()
        process.wait()
    assert everything_below(cache.root) == set()


def test_fetch_into_a_cache_that_cannot_be_made_says_where(item: Item, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvivoError, match="ENVIVO_CACHE") as refused:
        fetch([item], Cache(tmp_path / "file" / "cache"))
    assert refused.value.place == str(tmp_path / "file" / "cache")


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.ENOSPC, "free some space there, or set ENVIVO_CACHE to another directory"),
        (errno.EACCES, "make it yours (chown), or set ENVIVO_CACHE to another directory"),
        (errno.EROFS, "set ENVIVO_CACHE to another directory"),
    ],
)
def test_fix_for_a_cache_that_cannot_be_written_fits_the_error(
    item: Item, cache: Cache, monkeypatch: pytest.MonkeyPatch, number: int, fix: str
) -> None:
    def refuse(_: Cache) -> None:
        raise OSError(number, os.strerror(number), str(cache.root))

    monkeypatch.setattr(Cache, "sweep", refuse)
    with pytest.raises(EnvivoError) as refused:
        fetch([item], cache)
    assert (refused.value.what, refused.value.fix) == (os.strerror(number), fix)


def test_cache_entry_cut_short_is_not_taken_for_whole(item: Item, cache: Cache) -> None:
    fetch([item], cache)
    archive = cache.path(item) / item.files[0]
    archive.write_bytes(archive.read_bytes()[:-1])
    assert cache.receipt(item) is None


def test_cache_verify_of_a_changed_file_names_both_values(item: Item, cache: Cache) -> None:
    (fetched,) = fetch([item], cache)
    archive = cache.path(item) / item.files[0]
    content = bytearray(archive.read_bytes())
    content[-1] ^= 1
    archive.write_bytes(content)
    with pytest.raises(EnvivoError) as refused:
        cache.verify(item)
    expected = fetched.receipt.files[item.files[0]].sha256
    assert refused.value.what == f"has sha256 {sha256(bytes(content))} instead of {expected}"
    assert "envivo artifacts fetch" in refused.value.fix
