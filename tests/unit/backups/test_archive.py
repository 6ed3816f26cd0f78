"""The file of a backup: whole, or refused before anything is taken from it."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pyrage
import pytest

from envivo.core.errors import EnvivoError
from envivo.orchestration.backups.archive import PIECE, Writer, opened, stream_of, verified
from envivo.secrets import age

HEAD = {"envivo": "1.2.3", "env": "home", "made": "today"}
LONG = bytes(range(256)) * (PIECE // 256) + b"rest"


@pytest.fixture
def identity() -> Any:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def backup(tmp_path: Path, identity: Any) -> Path:
    file = tmp_path / "home.tar.age"
    with file.open("wb") as out, age.encrypting(out, [identity.to_public()]) as into:
        writer = Writer(into, HEAD)
        writer.add("project/inventories/home.py", b"media = []", 0o644)
        with writer.pieces("hosts/attic/caddy") as take:
            take(LONG[:5])
            take(LONG[5:])
        with writer.pieces("hosts/attic/empty"):
            pass
        writer.end()
    return file


def test_whole_file_says_what_it_holds(backup: Path, identity: Any) -> None:
    sizes: list[int] = []
    contents = verified(backup, [identity], sizes.append)

    assert dict(contents.head) == {"format": 1, **HEAD}
    assert list(contents.project) == ["inventories/home.py"]
    assert contents.streams == (("attic", "caddy"),)
    assert sum(sizes) > len(LONG)


def test_streams_come_back_as_they_were(backup: Path, identity: Any) -> None:
    with opened(backup, [identity]) as members:
        found = [(member.name, member.content) for member in members]

    pieces = [content for name, content in found if stream_of(name) == ("attic", "caddy")]
    assert [len(piece) for piece in pieces] == [PIECE, 4]
    assert b"".join(pieces) == LONG


def test_nothing_is_readable_without_the_key(backup: Path) -> None:
    assert b"inventories" not in backup.read_bytes()
    with pytest.raises(
        EnvivoError, match=r"home\.tar\.age: is encrypted for other keys: pass a matching identity"
    ) as raised:
        verified(backup, [pyrage.x25519.Identity.generate()])
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("length", [0, 10, 300, 70_000, -1])
def test_file_that_was_cut_is_refused(backup: Path, identity: Any, length: int) -> None:
    backup.write_bytes(backup.read_bytes()[:length])
    with pytest.raises(EnvivoError, match="is damaged or incomplete"):
        verified(backup, [identity])


@pytest.mark.parametrize("place", [30, 250, 5_000, -3])
def test_changed_byte_is_refused(backup: Path, identity: Any, place: int) -> None:
    content = bytearray(backup.read_bytes())
    content[place] ^= 1
    backup.write_bytes(content)
    with pytest.raises(EnvivoError, match=r"is damaged|is encrypted for other keys"):
        verified(backup, [identity])


def test_missing_file_is_named(tmp_path: Path, identity: Any) -> None:
    with pytest.raises(EnvivoError, match="nowhere: cannot be read"):
        verified(tmp_path / "nowhere", [identity])


def sealed(file: Path, identity: Any, content: bytes) -> Path:
    with file.open("wb") as out, age.encrypting(out, [identity.to_public()]) as into:
        into.write(content)
    return file


def tar(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), kind, "/etc/passwd"
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


HEAD_MEMBER = ("backup.json", json.dumps({"format": 1, **HEAD}).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        tar(HEAD_MEMBER),
        tar(HEAD_MEMBER, ("manifest.json", b"{}")),
        tar(HEAD_MEMBER, ("project/../../outside", b""), ("manifest.json", b"{}")),
        tar(HEAD_MEMBER, ("/etc/passwd", b""), ("manifest.json", b"{}")),
        tar(HEAD_MEMBER, ("elsewhere/file", b""), ("manifest.json", b"{}")),
        tar(("project/link", b""), kind=tarfile.SYMTYPE),
    ],
    ids=["empty", "text", "no manifest", "another manifest", "outside", "absolute", "unknown", "a link"],
)
def test_what_envivo_has_not_written_is_refused(tmp_path: Path, identity: Any, content: bytes) -> None:
    with pytest.raises(EnvivoError, match="is damaged or incomplete"):
        verified(sealed(tmp_path / "x.tar.age", identity, content), [identity])


def test_members_whose_names_leave_their_folder_are_refused_with_a_right_manifest(
    tmp_path: Path, identity: Any
) -> None:
    file = tmp_path / "x.tar.age"
    with file.open("wb") as out, age.encrypting(out, [identity.to_public()]) as into:
        writer = Writer(into, HEAD)
        writer.add("project/../outside", b"")
        writer.end()
    with pytest.raises(EnvivoError, match="is damaged"):
        verified(file, [identity])


def test_later_format_names_the_envivo_that_reads_it(tmp_path: Path, identity: Any) -> None:
    file = tmp_path / "x.tar.age"
    with file.open("wb") as out, age.encrypting(out, [identity.to_public()]) as into:
        writer = Writer(into, {**HEAD, "format": 9})
        writer.end()
    with pytest.raises(EnvivoError, match=r"has the format 9, but this version of envivo reads 1: use envivo 1\.2\.3"):
        verified(file, [identity])
