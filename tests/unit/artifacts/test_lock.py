"""The lock file: the one in the repository, and what is said about a wrong one."""

from pathlib import Path

import pytest

from envivo.artifacts.lock import ARCHS, LOCK, architecture, load
from envivo.core.errors import EnvivoError

MEDIAMTX = load().mediamtx.version


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = LOCK.read_text()
    assert old in text
    path = tmp_path / "artifacts.lock.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_lock_names_each_artifact_for_each_architecture() -> None:
    lock = load()
    images = {f"{name}-{arch}" for name in (f"mediamtx-{MEDIAMTX}", f"caddy-{lock.caddy.version}") for arch in ARCHS}
    entries = {item.entry for arch in ARCHS for item in lock.items(arch)}
    assert entries == images | {f"hls_js-{lock.hls_js.version}"}


def test_lock_tries_the_publisher_before_a_build_and_says_where_an_unchecked_pin_comes_from() -> None:
    lock = load()
    for artifact in (lock.mediamtx, lock.caddy, lock.hls_js):
        uses = [pin.use for pin in artifact.sources]
        assert uses == sorted(uses, key=["registry", "release", "npm", "go"].index)
        assert all(pin.checked or pin.note for pin in artifact.sources)


def test_lock_pins_differ_between_architectures_where_the_files_do() -> None:
    (amd64, *_), (arm64, *_) = (list(load().items(arch)) for arch in ARCHS)
    assert {use for use, _ in amd64.pins ^ arm64.pins} == {"release"}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('sum = "h1:', 'sum = "h2:', "mediamtx.sources.2.go.sum"),
        ('use = "npm"', 'use = "ftp"', "hls_js.sources.0"),
        ("checked = false\nnote", "sure = false\nnote", "mediamtx.sources.0.registry.checked"),
        ('sha256 = "81b1', 'sha256 = "', "mediamtx.sources.1.release.amd64.sha256"),
        ('[hls_js.files."hls.min.js"]', '[hls_js.files."../hls.min.js"]', "hls_js.files"),
        ('url = "https://registry-1', 'url = "https://me:secret@registry-1', "mediamtx.sources.0.registry.url"),
        (f'version = "{MEDIAMTX}"', "version = 1.20", "mediamtx.version"),
    ],
)
def test_lock_with_a_wrong_value_names_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(EnvivoError) as refused:
        load(path)
    assert refused.value.place == str(path)
    assert place in refused.value.what
    assert "secret" not in str(refused.value)
    assert refused.value.exit_code == 2


def test_lock_that_is_no_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(EnvivoError, match="line 6"):
        load(changed(tmp_path, "[mediamtx]", "[mediamtx"))


def test_lock_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(EnvivoError, match="No such file"):
        load(tmp_path / "artifacts.lock.toml")


def test_architecture_without_artifacts_is_wrong_usage() -> None:
    with pytest.raises(EnvivoError, match="'riscv64' has no artifacts: choose one of amd64, arm64") as refused:
        architecture("riscv64")
    assert refused.value.exit_code == 2
