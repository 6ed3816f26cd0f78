"""The files of a media host."""

from pathlib import Path

from envivo.operations.files import Directory, File
from envivo.places import ROOT
from roles.media import desired


def test_page_is_the_whole_player_and_the_library_it_plays_hls_with(tmp_path: Path) -> None:
    library = tmp_path / "hls.min.js"
    library.write_bytes(b"library")

    contents = {one.path: one.content for one in desired.page(library) if isinstance(one, File)}

    assert contents.pop("/opt/envivo/player/vendor/hls.min.js") == b"library"
    assert contents == {
        f"/opt/envivo/player/{path.relative_to(ROOT / 'player')}": path.read_bytes()
        for path in (ROOT / "player").rglob("*")
        if path.is_file()
    }
    assert {"/opt/envivo/player/player.html", "/opt/envivo/player/hls.html"} <= set(contents)


def test_page_directories_come_before_what_is_in_them(tmp_path: Path) -> None:
    library = tmp_path / "hls.min.js"
    library.touch()
    page = desired.page(library)

    made = [one.path for one in page if isinstance(one, Directory)]
    assert [one.path for one in page][: len(made)] == made == sorted(made)
    assert {str(Path(one.path).parent) for one in page if isinstance(one, File)} <= set(made)


def test_page_of_an_older_version_is_removed(tmp_path: Path) -> None:
    library = tmp_path / "hls.min.js"
    library.touch()

    assert [one.path for one in desired.page(library) if isinstance(one, Directory) and one.exclusive] == [
        desired.PLAYER
    ]


def test_configuration_and_recordings_are_closed_to_other_users() -> None:
    directories = {one.path: one for one in desired.directories()}

    for path in ("/etc/envivo/mediamtx", "/etc/envivo/caddy", "/var/lib/envivo/recordings"):
        assert (directories[path].mode, directories[path].group) == ("750", "envivo"), path
    assert directories["/var/lib/envivo/recordings"].owner == "envivo"
