"""The files of a media host."""

import hashlib
from pathlib import Path

import pytest

from envivo.artifacts import PinnedFile
from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.roles.media import desired
from envivo.state.desired import Directory, File


@pytest.fixture
def page(tmp_path: Path) -> list[Directory | File]:
    (tmp_path / "hls.min.js").write_bytes(b"library")
    return desired.page(PinnedFile(tmp_path / "hls.min.js", hashlib.sha256(b"library").hexdigest()))


def test_page_with_another_library_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hls.min.js").write_bytes(b"another")
    with pytest.raises(EnvivoError, match=r"has sha256 .* is expected: run `envivo artifacts fetch`"):
        desired.page(PinnedFile(tmp_path / "hls.min.js", hashlib.sha256(b"library").hexdigest()))


def test_page_is_the_whole_player_and_the_library_it_plays_hls_with(page: list[Directory | File]) -> None:
    contents = {one.path: one.content for one in page if isinstance(one, File)}

    assert contents.pop("/opt/envivo/player/vendor/hls.min.js") == b"library"
    assert contents == {
        f"/opt/envivo/player/{path.relative_to(ROOT / 'player')}": path.read_bytes()
        for path in (ROOT / "player").rglob("*")
        if path.is_file()
    }
    assert {"/opt/envivo/player/player.html", "/opt/envivo/player/hls.html"} <= set(contents)


def test_page_directories_come_before_what_is_in_them(page: list[Directory | File]) -> None:
    made = [one.path for one in page if isinstance(one, Directory)]
    assert [one.path for one in page][: len(made)] == made == sorted(made)
    assert {str(Path(one.path).parent) for one in page if isinstance(one, File)} <= set(made)


def test_page_of_an_older_version_is_removed(page: list[Directory | File]) -> None:
    assert [one.path for one in page if isinstance(one, Directory) and one.exclusive] == [desired.PLAYER]


def test_configuration_and_recordings_are_closed_to_other_users() -> None:
    directories = {one.path: one for one in desired.directories()}

    for path in ("/etc/envivo/mediamtx", "/etc/envivo/caddy", "/var/lib/envivo/recordings"):
        assert (directories[path].mode, directories[path].group) == ("750", "envivo"), path
    assert directories["/var/lib/envivo/recordings"].owner == "envivo"
