"""Archives for `docker load`, made and judged without an Engine (tests/e2e/pair/test_artifacts.py loads one)."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from envivo.artifacts.image_archive import MANIFEST, ImageArchiveError, pack_program, verified_id
from envivo.artifacts.lock import Item

from .parts import PROGRAM, image_item, release_pin, tarball

Change = Callable[[dict[str, bytes]], dict[str, bytes]]
ARCHIVE = "demo-1.0-amd64.tar.gz"


def item(arch: str = "amd64") -> Item:
    runtime = {"entrypoint": [], "command": ["demo", "run"], "environment": ["PATH=/usr/bin"], "directory": "/srv"}
    return image_item(release_pin("http://127.0.0.1:9/x", "0" * 64), arch=arch, **runtime)


def packed(directory: Path, content: bytes = PROGRAM) -> str:
    directory.mkdir(exist_ok=True)
    return pack_program(io.BytesIO(content), len(content), item(), directory)


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {entry.name: content.read() for entry in tar if (content := tar.extractfile(entry))}


def test_archive_holds_program_and_runtime(tmp_path: Path) -> None:
    image_id = packed(tmp_path)
    found = members(tmp_path / ARCHIVE)
    (image,) = json.loads(found[MANIFEST])
    assert image["RepoTags"] == ["envivo/demo:1.0"]
    config = found[image["Config"]]
    assert image_id == f"sha256:{hashlib.sha256(config).hexdigest()}"
    assert json.loads(config)["config"] == {"Cmd": ["demo", "run"], "Env": ["PATH=/usr/bin"], "WorkingDir": "/srv"}
    with tarfile.open(fileobj=io.BytesIO(found[image["Layers"][0]])) as layer:
        assert [(entry.name, entry.mode) for entry in layer] == [
            ("usr", 0o755),
            ("usr/bin", 0o755),
            ("usr/bin/demo", 0o755),
        ]
        program = layer.extractfile("usr/bin/demo")
        assert program
        assert program.read() == PROGRAM


def test_archive_is_a_pure_function_of_the_program_and_no_clock_is_in_it(tmp_path: Path) -> None:
    same = [packed(tmp_path / name) for name in ("one", "two")]
    other = packed(tmp_path / "three", PROGRAM + b"!")
    assert same[0] == same[1] != other
    archive = tmp_path / "one" / ARCHIVE
    assert archive.read_bytes() == (tmp_path / "two" / ARCHIVE).read_bytes()
    assert archive.read_bytes()[4:8] == b"\0\0\0\0"  # gzip's own time
    with tarfile.open(archive) as tar:
        assert {entry.mtime for entry in tar} == {0}


def exchanged(content: dict[str, bytes]) -> dict[str, bytes]:
    return {name: b"evil" if name.endswith("layer.tar") else data for name, data in content.items()}


def without_layer(content: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in content.items() if not name.endswith("layer.tar")}


def two_images(content: dict[str, bytes]) -> dict[str, bytes]:
    return {**content, MANIFEST: json.dumps(json.loads(content[MANIFEST]) * 2).encode()}


def retagged(content: dict[str, bytes]) -> dict[str, bytes]:
    return {**content, MANIFEST: content[MANIFEST].replace(b"envivo/demo:1.0", b"envivo/demo:2.0")}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (exchanged, "but its configuration names"),
        (without_layer, "not a complete archive"),
        (two_images, "not a complete archive"),
        (retagged, r"contains envivo/demo:2\.0 for amd64"),
        (lambda _: {}, "not a complete archive"),
    ],
)
def test_archive_that_was_changed_is_refused(tmp_path: Path, change: Change, reason: str) -> None:
    packed(tmp_path)
    (tmp_path / ARCHIVE).write_bytes(tarball(change(members(tmp_path / ARCHIVE))))
    with pytest.raises(ImageArchiveError, match=reason):
        verified_id(tmp_path / ARCHIVE, item())


def test_archive_for_another_architecture_is_refused(tmp_path: Path) -> None:
    packed(tmp_path)
    with pytest.raises(ImageArchiveError, match=r"for amd64 instead of envivo/demo:1\.0 for arm64"):
        verified_id(tmp_path / ARCHIVE, item("arm64"))


def test_archive_cut_short_is_refused(tmp_path: Path) -> None:
    packed(tmp_path)
    content = (tmp_path / ARCHIVE).read_bytes()
    (tmp_path / ARCHIVE).write_bytes(content[: len(content) // 2])
    with pytest.raises(ImageArchiveError, match="not a complete archive"):
        verified_id(tmp_path / ARCHIVE, item())
