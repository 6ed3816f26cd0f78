"""The lock file: the one in the repository, and what is said about a wrong one."""

from pathlib import Path

import pytest

from envivo.artifacts.lock import ARCHS, LOCK, architecture, load
from envivo.errors import EnvivoError


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = LOCK.read_text()
    assert old in text
    path = tmp_path / "artifacts.lock.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_lock_names_each_artifact_for_each_architecture() -> None:
    entries = {item.entry for arch in ARCHS for item in load().items(arch)}
    images = {f"{name}-{arch}" for name in ("mediamtx-1.20.1", "caddy-2.11.4") for arch in ("amd64", "arm64")}
    assert entries == images | {"hls_js-1.7.4"}


def test_lock_tries_the_publisher_before_a_build() -> None:
    lock = load()
    assert [pin.use for pin in lock.mediamtx.sources] == ["registry", "release", "go"]
    assert [pin.use for pin in lock.caddy.sources] == ["registry", "go"]
    assert [pin.use for pin in lock.hls_js.sources] == ["npm"]


def test_lock_says_where_a_pin_that_was_never_checked_comes_from() -> None:
    lock = load()
    pins = [pin for artifact in (lock.mediamtx, lock.caddy, lock.hls_js) for pin in artifact.sources]
    assert all(pin.checked or pin.note for pin in pins)


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
        ('version = "1.20.1"', "version = 1.20", "mediamtx.version"),
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
    with pytest.raises(EnvivoError, match="'riscv64' has no artifacts: one of amd64, arm64") as refused:
        architecture("riscv64")
    assert refused.value.exit_code == 2
