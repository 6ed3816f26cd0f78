from dataclasses import replace
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.lab import image
from envivo.lab.apt import AptMirror
from envivo.lab.image import BaseImage


def test_an_image_has_another_name_when_it_is_made_of_something_else() -> None:
    plain = BaseImage("trixie", AptMirror("http://a.example/debian"), {"etc/a": "1"})
    assert plain.name == replace(plain).name
    assert plain.name.startswith("trixie-")
    others = (
        replace(plain, mirror=AptMirror("http://b.example/debian")),
        replace(plain, files={"etc/a": "2"}),
        replace(plain, release="bookworm"),
    )
    assert len({plain.name, *(other.name for other in others)}) == 4


def test_the_cache_keeps_one_of_each_kind_and_makes_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "CACHE", tmp_path)
    (tmp_path / "disk-old").mkdir()
    (tmp_path / "disk-old" / "kernel").touch()
    for name in ("disk-new.partial", "trixie-0.tar", "lock"):
        (tmp_path / name).touch()
    built: list[Path] = []

    def build(staged: Path) -> None:
        staged.mkdir()
        built.append(staged)

    for _ in range(2):
        assert image.cached("disk-new", build) == tmp_path / "disk-new"
    assert len(built) == 1
    assert {file.name for file in tmp_path.iterdir()} == {"disk-new", "trixie-0.tar", "lock"}


def test_what_could_not_be_made_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "CACHE", tmp_path)
    (tmp_path / "trixie-old.tar").touch()

    def fail(staged: Path) -> None:
        staged.touch()
        raise EnvivoError("debootstrap", "broke off", "again")

    with pytest.raises(EnvivoError):
        image.cached("trixie-new.tar", fail)
    assert (tmp_path / "trixie-old.tar").exists()
    assert not (tmp_path / "trixie-new.tar").exists()


@pytest.mark.parametrize(("scheme", "carried"), [("http", False), ("https", True)])
def test_certificates_go_to_hosts_only_with_an_encrypted_mirror(scheme: str, carried: bool) -> None:
    files = image.apt_files(
        AptMirror(f"{scheme}://a.example/debian"), "trixie", ['Acquire::Check-Date "false";'], {"own.crt": "x"}
    )
    assert ("own.crt" in files) is carried
    assert 'Acquire::Check-Date "false";\n' in files["etc/apt/apt.conf.d/90lab"]
