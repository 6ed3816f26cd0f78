"""The files of a media host."""

import hashlib
from pathlib import Path

import pytest

from envivo.artifacts import PinnedFile
from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT as ROOT
from envivo.roles.media import desired
from envivo.roles.media.served import without_comments
from envivo.state.desired import Directory, File


@pytest.fixture
def page(tmp_path: Path) -> list[Directory | File]:
    (tmp_path / "hls.min.js").write_bytes(b"library")
    return desired.page(PinnedFile(tmp_path / "hls.min.js", hashlib.sha256(b"library").hexdigest()))


def test_page_with_another_library_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hls.min.js").write_bytes(b"another")
    with pytest.raises(EnvivoError, match=r"has sha256 .* instead of .*: run `envivo artifacts fetch`"):
        desired.page(PinnedFile(tmp_path / "hls.min.js", hashlib.sha256(b"library").hexdigest()))


def test_page_is_the_whole_player_and_the_library_it_plays_hls_with(page: list[Directory | File]) -> None:
    contents = {one.path: one.content for one in page if isinstance(one, File)}

    assert contents.pop("/opt/envivo/player/vendor/hls.min.js") == b"library"
    assert contents == {
        f"/opt/envivo/player/{path.relative_to(ROOT / 'player')}": without_comments(path, path.read_bytes())
        for path in (ROOT / "player").rglob("*")
        if path.is_file()
    }
    assert {"/opt/envivo/player/player.html", "/opt/envivo/player/hls.html"} <= set(contents)


@pytest.mark.parametrize(
    ("name", "content", "served"),
    [
        ("a.js", "// why\nplay();\n", "\nplay();\n"),
        ("a.js", "/** what\n * and how */\n  play(); // now\n", "\n\n  play(); // now\n"),
        (
            "a.js",
            "x = /** @type {T} */ (y);\n/** @type {T} */ (z);\n",
            "x = /** @type {T} */ (y);\n/** @type {T} */ (z);\n",
        ),
        ("a.js", "/* a */ play(); /* b */\n", "/* a */ play(); /* b */\n"),
        ("a.js", "url = 'https://h';\n\t/* a */  \nb", "url = 'https://h';\n\nb"),
        ("a.css", "/* above\n   it */\na {}\n", "\n\na {}\n"),
        ("a.html", "<!-- x -->\n// not a comment\n", "<!-- x -->\n// not a comment\n"),
    ],
)
def test_viewers_load_no_comments(name: str, content: str, served: str) -> None:
    assert without_comments(Path(name), content.encode()) == served.encode()


def test_page_keeps_its_lines_and_all_that_is_no_comment() -> None:
    for path in (ROOT / "player").rglob("*.js"):
        before, after = path.read_text(), without_comments(path, path.read_bytes()).decode()
        kept = after.splitlines()
        changed = [number for number, line in enumerate(before.splitlines()) if line != kept[number]]
        assert before.count("\n") == after.count("\n"), path
        assert {kept[number] for number in changed} <= {""}, path
        inside = [number for number in changed if "\n".join(kept[:number]).count("`") % 2]
        assert not inside, f"{path}: a text of several lines"


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
