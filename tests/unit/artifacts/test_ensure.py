"""What a deploy gets, and what it costs when everything is there; the commands."""

import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.artifacts import Image
from envivo.artifacts.cache import Cache, Provenance
from envivo.artifacts.image_archive import pack_program
from envivo.artifacts.lock import load
from envivo.core.errors import EnvivoError

from .parts import fill, image_item, release_pin, sha256

ROOT = Path(__file__).parents[3]
MEDIAMTX, CADDY = (item.spec.version for item in load().items("amd64") if item.name in ("mediamtx", "caddy"))


@pytest.fixture
def full_cache(tmp_path: Path) -> Path:
    """ENVIVO_CACHE with entries for amd64 that hold a few bytes each."""
    fill(tmp_path)
    return tmp_path


def run(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with that cache and no program on PATH, so that nothing can be fetched."""
    environment = {**os.environ, "ENVIVO_CACHE": str(cache), "PATH": str(cache)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def command(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(cache, "-c", "from envivo.cli import main; main()", "artifacts", *arguments)


def test_ensure_with_a_full_cache_describes_the_artifacts(full_cache: Path) -> None:
    program = (
        "from envivo.artifacts import ensure\n"
        "a = ensure('amd64')\n"
        "a.mediamtx.verify()\n"
        "print(a.mediamtx.reference, a.caddy.reference, a.caddy.image_id, a.caddy.archive.name)\n"
        "print(a.hls_js.path.name, len(a.hls_js.read()) > 100_000)\n"
    )
    assert run(full_cache, "-c", program).stdout.splitlines() == [
        f"envivo/mediamtx:{MEDIAMTX} envivo/caddy:{CADDY} sha256:{'a' * 64} caddy-{CADDY}-amd64.tar.gz",
        "hls.min.js True",
    ]


def test_ensure_with_a_full_cache_imports_nothing_that_fetches(full_cache: Path) -> None:
    program = (
        "import sys\n"
        "import envivo.artifacts\n"
        "print('pydantic' in sys.modules)\n"
        "envivo.artifacts.ensure('amd64')\n"
        "print({'requests', 'rich', 'tarfile', 'filelock'} & set(sys.modules))\n"
    )
    assert run(full_cache, "-c", program).stdout.splitlines() == ["False", "set()"]


def test_image_whose_archive_was_changed_is_refused_with_both_values(full_cache: Path) -> None:
    archive = full_cache / f"artifacts/mediamtx-{MEDIAMTX}-amd64/mediamtx-{MEDIAMTX}-amd64.tar.gz"
    archive.write_text(archive.read_text().upper())
    receipt = json.loads((archive.parent / "receipt.json").read_text())
    assert_refused(full_cache, archive, receipt["files"][archive.name]["sha256"])


@pytest.mark.parametrize("receipt_too", [False, True])
def test_changed_page_library_is_refused_whatever_its_receipt_says(full_cache: Path, receipt_too: bool) -> None:
    """One byte of the same length, as a bad disk does it; and whoever changes both files."""
    ((item, expected),) = ((item, item.pinned["hls.min.js"]) for item in load().items("amd64") if item.pinned)
    library = full_cache / "artifacts" / item.entry / "hls.min.js"
    library.write_bytes(b"X" + library.read_bytes()[1:])
    if receipt_too:
        receipt = library.parent / "receipt.json"
        changed = hashlib.sha256(library.read_bytes()).hexdigest()
        receipt.write_text(receipt.read_text().replace(expected, changed))
        assert changed in receipt.read_text()

    assert_refused(full_cache, library, expected)
    # `fetch` sees it too, and has no source here
    assert "no source can serve it" in command(full_cache, "fetch", "--arch", "amd64").stderr


def assert_refused(cache: Path, file: Path, expected: str) -> None:
    last = run(cache, "-c", "from envivo.artifacts import ensure\nensure('amd64')\n").stderr.splitlines()[-1]
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    words = f"{file}: has sha256 {found} instead of {expected}: run `envivo artifacts fetch`"
    assert words in last and EnvivoError.__name__ in last


def test_image_that_the_lock_file_does_not_list_is_refused_at_use(tmp_path: Path) -> None:
    """Also where archive and receipt were exchanged together, and say that it is a listed one."""
    item = image_item(release_pin("https://a.invalid", "0" * 64))
    image_id = pack_program(io.BytesIO(b"program"), 7, item, tmp_path)
    (archive,) = (tmp_path / name for name in item.files)
    listed = Image(item.reference, image_id, archive, sha256(archive.read_bytes()), (image_id,))

    listed.verify()
    with pytest.raises(EnvivoError, match=rf"contains image {image_id} instead of sha256:1{{64}}"):
        replace(listed, accepted=(f"sha256:{'1' * 64}",)).verify()
    archive.write_bytes(b"no archive")
    with pytest.raises(EnvivoError, match="is not a complete archive of one image"):
        replace(listed, sha256=sha256(b"no archive")).verify()


def test_cached_image_that_the_lock_file_does_not_list_counts_as_missing(tmp_path: Path) -> None:
    pin = release_pin("https://a.invalid", "0" * 64)
    item = image_item(pin)
    cache = Cache(tmp_path / "cache")
    cache.root.mkdir()
    with cache.staging(item) as staged:
        image_id = pack_program(io.BytesIO(b"program"), 7, item, staged)
        cache.keep(item, staged, Provenance(source="release", pin=f"sha256:{'0' * 64}", origin="", image_id=image_id))

    assert cache.receipt(image_item(pin, image_ids=[image_id]))
    assert cache.receipt(image_item(pin, image_ids=[f"sha256:{'1' * 64}"])) is None


def test_list_shows_what_is_cached_and_how_sure_each_pin_is(full_cache: Path) -> None:
    said = json.loads(command(full_cache, "list", "--json").stdout)
    assert said["ok"]
    rows = {row["entry"]: row for row in said["artifacts"]}
    assert rows[f"caddy-{CADDY}-amd64"]["cached"]["origin"] == "a test"
    assert rows[f"caddy-{CADDY}-arm64"]["cached"] is None
    assert {pin["source"]: pin["checked"] for pin in rows[f"mediamtx-{MEDIAMTX}-amd64"]["pins"]} == {
        "registry": False,
        "release": False,
        "go": True,
    }
    assert "never checked against a download" in command(full_cache, "list").stdout


def test_fetch_with_a_full_cache_is_done_at_once(full_cache: Path) -> None:
    done = command(full_cache, "fetch", "--arch", "amd64", "--json")
    assert done.returncode == 0
    assert [row["fetched"] for row in json.loads(done.stdout)["artifacts"]] == [False, False, False]


def test_fetch_that_no_source_can_serve_exits_1_with_one_message(full_cache: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    lost = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    program = f"import os; os.environ.update({lost!r}); from envivo.cli import main; main()"
    done = run(empty, "-c", program, "artifacts", "fetch", "--arch", "amd64", "--json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["message"].startswith(f"artifact mediamtx {MEDIAMTX} amd64: no source can serve it (registry: ")
    assert "release: github.com: " in finding["message"]
    assert "go: the go command is not installed" in finding["message"]
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"artifact mediamtx {MEDIAMTX} amd64: no source can serve it")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--arch", "riscv64"], "'riscv64' is not one of 'amd64', 'arm64'"),
        (["--from", "/nowhere"], "--from /nowhere: is not a directory"),
        (["--from", "https://me:secret@mirror.invalid/"], "the URL contains credentials: move them to ~/.netrc"),
    ],
)
def test_fetch_with_wrong_usage_exits_2(full_cache: Path, arguments: list[str], said: str) -> None:
    done = command(full_cache, "fetch", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "secret" not in done.stderr
