"""What of the recordings' directory Caddy shows, and to whom: files of paths of the settings, nothing else in it."""

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.patience import until
from tests.unit.doors.doors import PUBLISHED, ask, door, person, right

if TYPE_CHECKING:
    from loopback_caddy import Caddy

ANNA, BEN = person("anna"), person("ben")
PATHS = {
    "webcam": {**PUBLISHED, "viewers": [ANNA]},
    "hall": {**PUBLISHED, "viewers": [BEN]},
    "shy": {**PUBLISHED, "listed": False},
    "open": PUBLISHED,
    "live": {**PUBLISHED, "viewers": [ANNA]},
    "live/door": {**PUBLISHED, "viewers": [BEN]},
    "far/away": {**PUBLISHED, "viewers": [BEN]},
    "far/shy": {**PUBLISHED, "viewers": [BEN], "listed": False},
}
JSON = {"Accept": "application/json"}
FILE = "2026-11-30_10-00-00-000000+0000.mp4"


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory, caddy_program: Path) -> Iterator["Caddy"]:
    with door(PATHS, tmp_path_factory.mktemp("caddy"), caddy_program) as caddy:
        recordings = caddy.root / "recordings"
        for name in (*PATHS, "gone", "live/gone", "far/gone"):
            (recordings / name).mkdir(parents=True, exist_ok=True)
            (recordings / name / FILE).write_bytes(b"pictures")
        yield caddy


def names(caddy: "Caddy", place: str, *given: str) -> list[str]:
    status, body = ask(caddy.origin, place, *given, headers=JSON)
    assert status == 200, (place, status)
    found = [one["name"] for one in json.loads(body) or []]
    page = ask(caddy.origin, place, *given, headers={"Accept": "text/html"})[1]
    assert [name for name in found if f'href="./{name}"' not in page and f'href="{name}"' not in page] == []
    for other in ("gone", "hall", "door", "shy"):
        assert (other in page) is any(other in name for name in found), (other, found)
    return found


@pytest.mark.parametrize(
    ("user", "place", "seen"),
    [
        ("anna", "/recordings/", ["live/", "open/", "webcam/"]),
        ("ben", "/recordings/", ["far/away/", "far/shy/", "hall/", "live/door/", "open/"]),
        ("anna", "/recordings/far/", []),
        ("ben", "/recordings/far/", ["away/", "shy/"]),
    ],
)
def test_list_names_what_the_asker_may_look_at(caddy: "Caddy", user: str, place: str, seen: list[str]) -> None:
    assert names(caddy, place, right(user)) == seen


def test_listing_of_a_path_has_its_files_alone(caddy: "Caddy") -> None:
    assert names(caddy, "/recordings/live/", right("anna")) == [FILE]


def test_listing_has_all_files_however_many(caddy: "Caddy") -> None:
    """Twelve thousand: ninety days of ten minutes. The newest come first if the page asks for a few."""
    there = caddy.root / "recordings" / "open"
    names = [f"2026-01-01_00-00-00-{at:06}+0000.mp4" for at in range(20_001)]
    try:
        for before, number in pairwise((0, 12_000, len(names))):
            for name in names[before:number]:
                (there / name).touch()
            listed = json.loads(ask(caddy.origin, "/recordings/open/", headers=JSON)[1])
            assert sorted({one["name"] for one in listed} - {FILE}) == names[:number]
            newest = "/recordings/open/?sort=namedirfirst&order=desc&limit=2"
            shown = json.loads(ask(caddy.origin, newest, headers=JSON)[1])
            assert [one["name"] for one in shown] == [FILE, names[number - 1]]
    finally:
        shutil.rmtree(there)
        there.mkdir()
        (there / FILE).write_bytes(b"pictures")


@pytest.mark.parametrize(
    "target",
    ["gone/", f"gone/{FILE}", "live/gone/", f"live/gone/{FILE}", "far/gone/", f"far/gone/{FILE}", f"far/{FILE}", FILE],
)
@pytest.mark.parametrize("user", ["anna", "ben"])
def test_recordings_of_no_path_are_for_nobody(caddy: "Caddy", user: str, target: str) -> None:
    assert ask(caddy.origin, f"/recordings/{target}", right(user))[0] in (401, 404)


def test_list_without_passwords_leaves_out_what_is_not_listed(tmp_path: Path, caddy_program: Path) -> None:
    with door({"open": PUBLISHED, "shy": {**PUBLISHED, "listed": False}}, tmp_path, caddy_program) as caddy:
        assert names(caddy, "/recordings/") == ["open/", "webcam/"]


def test_recording_is_served_to_who_may_look_at_it(caddy: "Caddy") -> None:
    assert ask(caddy.origin, f"/recordings/webcam/{FILE}", right("anna")) == (200, "pictures")
    assert ask(caddy.origin, "/recordings/webcam", right("anna"))[0] in (302, 307, 308)


@pytest.mark.parametrize("name", ["index.html", "index.txt", "page.html", "script.js", ".hidden.mp4", "mp4"])
@pytest.mark.parametrize("plant", [os.mkfifo, lambda there: there.write_text("planted")], ids=["pipe", "file"])
def test_planted_file_of_another_kind_is_not_served(caddy: "Caddy", name: str, plant: Callable[[Path], object]) -> None:
    """A page and its script would be this origin's; who opens a pipe is kept waiting."""
    there = caddy.root / "recordings" / "webcam" / name
    plant(there)
    try:
        assert ask(caddy.origin, f"/recordings/webcam/{name}", right("anna"))[0] == 404
        status, listing = ask(caddy.origin, "/recordings/webcam/", right("anna"))
        assert status == 200 and "planted" not in listing
        assert name not in names(caddy, "/recordings/webcam/", right("anna"))
    finally:
        there.unlink()


def test_pipe_in_place_of_a_directory_keeps_nobody_waiting(caddy: "Caddy") -> None:
    there = caddy.root / "recordings" / "hall"
    there.rename(there.with_name("hall-aside"))
    os.mkfifo(there)
    try:
        assert ask(caddy.origin, "/recordings/hall/", right("ben"))[0] == 404
        assert ask(caddy.origin, "/recordings/hall", right("ben"))[0] == 404
    finally:
        there.unlink()
        there.with_name("hall-aside").rename(there)


def test_pipe_keeps_nobody_waiting_but_who_asks_for_it(caddy: "Caddy") -> None:
    """Nothing of Caddy's ends that wait (docs/security.md#what-is-not-protected); a writer of the pipe does."""
    there = caddy.root / "recordings" / "webcam" / "pipe.mp4"
    os.mkfifo(there)
    try:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ask, caddy.origin, "/recordings/webcam/pipe.mp4", right("anna"))
            writer = until(lambda end: end is not None, lambda: opened_by_a_reader(there), 20, 0.05)
            assert writer is not None, "Caddy opens what it is asked for"
            try:
                assert ask(caddy.origin, f"/recordings/webcam/{FILE}", right("anna")) == (200, "pictures")
                assert "pipe.mp4" in names(caddy, "/recordings/webcam/", right("anna"))
            finally:
                os.close(writer)
            until(bool, lambda: answered(waiting, there), 20, 0.05)
            waiting.result(0)
    finally:
        there.unlink()


def answered(waiting: "Future[tuple[int, str]]", pipe: Path) -> bool:
    """Whether it is; a reader that opened the pipe once more finds an end."""
    if writer := opened_by_a_reader(pipe):
        os.close(writer)
    return waiting.done()


def opened_by_a_reader(pipe: Path) -> int | None:
    """The pipe's other end; None while nobody reads it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def test_socket_and_directory_that_end_like_a_recording_are_not_served(
    caddy: "Caddy",
) -> None:
    webcam = caddy.root / "recordings" / "webcam"
    (webcam / "folder.mp4").mkdir()
    (webcam / "folder.mp4" / "inner.mp4").write_text("inner")
    with socket.socket(socket.AF_UNIX) as listening, TemporaryDirectory() as short:
        listening.bind(f"{short}/socket")  # the path of one may have 107 characters
        Path(short, "socket").rename(webcam / "socket.mp4")
    for target in ("folder.mp4/", "folder.mp4", "folder.mp4/inner.mp4", "socket.mp4"):
        assert ask(caddy.origin, f"/recordings/webcam/{target}", right("anna"))[0] >= 300, target
    assert ask(caddy.origin, "/recordings/webcam/folder.mp4/inner.mp4", right("anna"))[0] == 404
