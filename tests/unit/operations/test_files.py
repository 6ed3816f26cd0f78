"""Files and directories: what differs, and the script that installs, run by a real shell."""

import grp
import itertools
import os
import pwd
from pathlib import Path
from typing import NamedTuple

import pytest

from envivo.operations.file_states import FileStates
from envivo.operations.files import Changes, access_script, archive, deviation, differences, install_script, obstacles
from envivo.operations.reasons import words
from envivo.state.desired import Directory, Entry, File, LocalFile
from envivo.state.file_states import FileState
from tests.unit.operations.shell import lines, sh

ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name

CONF = File("/etc/x/a.conf", b"one\n")
AS_WANTED = FileState("644", "root", "root", CONF.sha256)


class Wanting(NamedTuple):
    """The first three of Changes."""

    directories: list[Directory]
    files: list[File]
    superfluous: list[str]


def mine(path: Path, content: bytes = b"", mode: str = "640") -> File:
    return File(str(path), content, mode, ME, MINE)


@pytest.mark.parametrize(
    ("wanted", "there", "changes"),
    [
        ([CONF], {}, Wanting([], [CONF], [])),
        ([CONF], {CONF.path: AS_WANTED}, Wanting([], [], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(sha256="0" * 64)}, Wanting([], [CONF], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(mode="600")}, Wanting([], [], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(owner="nobody")}, Wanting([], [], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(group="video")}, Wanting([], [], [])),
        # a directory stands where the file has to be
        ([CONF], {CONF.path: FileState("644", "root", "root")}, Wanting([], [CONF], [])),
        ([Directory("/etc/x")], {}, Wanting([Directory("/etc/x")], [], [])),
        ([Directory("/etc/x")], {"/etc/x": FileState("755", "root", "root")}, Wanting([], [], [])),
        ([Directory("/etc/x")], {"/etc/x": FileState("700", "root", "root")}, Wanting([Directory("/etc/x")], [], [])),
        # a file stands where the directory has to be
        ([Directory("/etc/x")], {"/etc/x": FileState("755", "root", "root", "0" * 64)},
         Wanting([Directory("/etc/x")], [], [])),
        # what nobody wants is left alone, unless the directory is ours alone
        ([Directory("/etc/x")], {"/etc/x": FileState("755", "root", "root"), "/etc/x/old": AS_WANTED},
         Wanting([], [], [])),
        ([Directory("/etc/x", exclusive=True), CONF],
         {"/etc/x": FileState("755", "root", "root"), CONF.path: AS_WANTED, "/etc/x/z/old": AS_WANTED,
          "/etc/x/b": AS_WANTED},
         Wanting([], [], ["/etc/x/b", "/etc/x/z/old"])),
        ([Directory("/etc/x", exclusive=True)], {"/etc/x": FileState("755", "root", "root"), "/etc/xy/file": AS_WANTED},
         Wanting([], [], [])),
    ],
)  # fmt: skip
def test_differences_are_what_is_not_as_wanted(
    wanted: list[Directory | File], there: dict[str, FileState], changes: Wanting
) -> None:
    assert differences(wanted, there)[:3] == changes


def test_file_states_are_read_from_the_shells_answer() -> None:
    digest = "552e53087863d283f9190e7acee9476506dcda50b5da6470e6b8f897b37a9f21"
    answer = [
        "755|root|root|d|/etc/envivo",
        "640|root|envivo|f|/etc/envivo/caddy/Caddyfile",
        f"{digest}  /etc/envivo/caddy/Caddyfile",
        "644|root|root|f|/opt/a|b  c",
        f"{digest}  /opt/a|b  c",
    ]

    assert FileStates().process(answer) == {
        "/etc/envivo": FileState("755", "root", "root", kind="d"),
        "/etc/envivo/caddy/Caddyfile": FileState("640", "root", "envivo", digest, "f"),
        "/opt/a|b  c": FileState("644", "root", "root", digest, "f"),
    }


ODD_NAMES = ["plain", "with space", "it's", "a|b", "live-web\\x2dcam.json", "$HOME", "-rf", "ümlaut", "back\\\\slash"]


def test_installed_files_are_as_wanted_whatever_their_names(tmp_path: Path) -> None:
    wanted: list[Directory | File] = [
        Directory(str(tmp_path), "700", ME, MINE),
        *(
            mine(tmp_path / name, name.encode() * 3000 + bytes(range(256)), mode)
            for name, mode in zip(ODD_NAMES, itertools.cycle(("600", "640", "644", "755")))
        ),
    ]
    files = [one for one in wanted if isinstance(one, File)]
    tmp_path.chmod(0o700)

    done = sh(install_script(files), archive(files))

    assert (done.returncode, done.stderr) == (0, "")
    states = FileStates().process(lines(FileStates().command([one.path for one in wanted], [])))
    assert differences(wanted, states) == Changes([], [], [], [], [])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(ODD_NAMES)


def test_file_states_find_what_is_superfluous_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ODD_NAMES:
        (tmp_path / "a" / "b" / name).write_text(name)
    wanted = Directory(str(tmp_path), oct(tmp_path.stat().st_mode)[-3:], ME, MINE, exclusive=True)
    gone = str(tmp_path / "gone")

    states = FileStates().process(lines(FileStates().command([wanted.path, gone], [wanted.path, gone])))

    assert gone not in states
    assert differences([wanted], states).superfluous == sorted(str(tmp_path / "a" / "b" / name) for name in ODD_NAMES)


def test_file_states_keep_apart_a_thousand_files(tmp_path: Path) -> None:
    # more than the buffer of a pipe holds, and more than one sha256sum
    folder = tmp_path / ("deep" * 40)
    folder.mkdir()
    for number in range(1000):
        (folder / str(number)).write_text(str(number))

    states = FileStates().process(lines(FileStates().command([str(tmp_path)], [str(tmp_path)])))

    for number in (0, 499, 999):
        path = folder / str(number)
        assert states[str(path)].sha256 == File(str(path), str(number).encode()).sha256
    assert sum(bool(state.sha256) for state in states.values()) == 1000


def test_installed_file_replaces_the_old_one_by_rename(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with path.open() as reader:
        file = mine(path, b"new")

        assert sh(install_script([file]), archive([file]), TMPDIR=str(tmp_path)).returncode == 0

        # who had it open sees the old one to its end, and never half of the new one
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path], "nothing staged is left"


def seen(*wanted: Entry) -> dict[str, FileState]:
    """By a real shell."""
    trees = [entry.path for entry in wanted if isinstance(entry, Directory) and entry.exclusive]
    return FileStates().process(lines(FileStates().command([entry.path for entry in wanted], trees)))


def said(*wanted: Entry) -> list[str]:
    return [difference.what for difference in differences(wanted, seen(*wanted)).why]


def repaired(*wanted: Entry) -> bool:
    states = seen(*wanted)
    changes = differences(wanted, states)
    emptied = {path for path, state in states.items() if state.empty}
    done = sh(install_script(changes.files, emptied), archive(changes.files))
    return done.returncode == 0 and not differences(wanted, seen(*wanted)).why


@pytest.mark.parametrize(("attributes", "said"), [("----i---------e-------", True), ("--------------e-------", False)])
def test_failed_script_names_what_chattr_keeps(tmp_path: Path, attributes: str, said: bool) -> None:
    file = mine(tmp_path / "page", b"page", "644")
    (tmp_path / "page" / "in the way").mkdir(parents=True)
    (tmp_path / "lsattr").write_text(f"#!/bin/sh\necho '{attributes} {file.path}'\n")
    (tmp_path / "lsattr").chmod(0o755)

    done = sh(install_script([file]), archive([file]), PATH=f"{tmp_path}:/usr/bin:/bin")

    assert done.returncode != 0
    assert (f"chattr -i -a {file.path}, then deploy again" in done.stderr) is said


def test_link_in_place_of_a_file_is_replaced_and_its_target_stays(tmp_path: Path) -> None:
    file = mine(tmp_path / "page", b"page", "644")
    (tmp_path / "theirs").write_bytes(b"page")
    (tmp_path / "page").symlink_to("theirs")

    assert said(file) == ["is a symbolic link"]
    assert repaired(file)
    assert (tmp_path / "theirs").read_bytes() == b"page" and not (tmp_path / "page").is_symlink()


def test_link_in_a_directory_of_envivos_own_does_not_belong_there(tmp_path: Path) -> None:
    tree = Directory(str(tmp_path), oct(tmp_path.stat().st_mode)[-3:], ME, MINE, exclusive=True)
    (tmp_path / "passwords").symlink_to("/etc/shadow")

    assert differences([tree], seen(tree)).superfluous == [str(tmp_path / "passwords")]


def test_empty_directory_makes_way_for_a_file_and_another_one_is_refused(tmp_path: Path) -> None:
    file = mine(tmp_path / "page", b"page", "644")
    (tmp_path / "page").mkdir()
    assert not list(obstacles([file], seen(file)))
    assert repaired(file)
    (tmp_path / "page").unlink()
    (tmp_path / "page" / "theirs").mkdir(parents=True)

    (problem,) = obstacles([file], seen(file))

    assert str(problem).startswith(f"{file.path}: is a directory that is not empty")


@pytest.mark.parametrize("stands", ["a file", "a link to nothing"])
def test_what_is_no_directory_is_refused_and_a_link_to_one_is_one(tmp_path: Path, stands: str) -> None:
    wanted = Directory(str(tmp_path / "folder"), "700", ME, MINE)
    if stands == "a file":
        Path(wanted.path).touch()
    else:
        Path(wanted.path).symlink_to("nothing")
    assert [problem.message for problem in obstacles([wanted], seen(wanted))] == ["is not a directory, and must be one"]
    Path(wanted.path).unlink()
    (tmp_path / "elsewhere").mkdir(mode=0o700)

    Path(wanted.path).symlink_to("elsewhere")

    assert not list(obstacles([wanted], seen(wanted))) and not said(wanted)


def test_access_alone_is_restored_in_place_so_that_no_service_is_restarted(tmp_path: Path) -> None:
    file = mine(tmp_path / "a.service", b"unit", "644")
    Path(file.path).write_bytes(b"unit")
    Path(file.path).chmod(0o666)
    before = Path(file.path).stat()
    changes = differences([file], seen(file))
    assert (changes.files, changes.access) == ([], [file])

    assert sh(access_script(changes.access, [])).returncode == 0

    after = Path(file.path).stat()
    assert said(file) == [] and (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_access_of_a_file_that_the_host_makes_is_repaired_and_its_content_is_its_own(tmp_path: Path) -> None:
    key = LocalFile(str(tmp_path / "server.key"), "640", ME, MINE)
    assert said(key) == []
    Path(key.path).write_text("key")
    Path(key.path).chmod(0o644)
    assert said(key) == ["has mode 644 instead of 640"]

    assert sh(access_script([key], [])).returncode == 0

    assert said(key) == [] and Path(key.path).read_text() == "key"


def test_access_control_list_is_told_and_taken_away(tmp_path: Path) -> None:
    """As `ls` shows it: whether a file system has such lists is not the test's to say."""
    path = "/etc/envivo/a b"
    answer = ["640|root|root|f|/etc/envivo/a b", f"{'0' * 64}  {path}", f"-rw-r-----+ 1 0 0 12  {path}"]
    states = FileStates().process(answer)
    entries: list[Entry] = [File(path, b"", "640"), LocalFile(path, "640", "root", "root")]

    assert states[path].listed
    state = states[path]._replace(sha256=File(path, b"").sha256)
    assert [str(deviation(entry, state)) for entry in entries] == [f"{path} has an access control list"] * 2
    assert "setfacl -bk '/etc/envivo/a b' && chown" in access_script(entries, [path])


def broken(stdin: str) -> dict[str, str]:
    middle = len(stdin) // 2 // 77 * 77
    return {
        "nothing": "",
        "half": stdin[:middle],
        "half of a line": stdin[: middle + 31],
        "another alphabet": "!" + stdin,
        "a flipped byte": stdin[:middle] + ("A" if stdin[middle] != "A" else "B") + stdin[middle + 1 :],
    }


@pytest.mark.parametrize("how", broken("x" * 999))
def test_broken_archive_changes_nothing_and_leaves_nothing(tmp_path: Path, how: str) -> None:
    here, scratch = tmp_path / "here", tmp_path / "scratch"
    here.mkdir()
    scratch.mkdir()
    first = mine(here / "first", b"old")
    second = mine(here / "second", b"old")
    sh(install_script([first, second]), archive([first, second]))
    newer = [mine(here / "first", os.urandom(4000)), mine(here / "second", os.urandom(4000))]

    done = sh(install_script(newer), broken(archive(newer))[how], TMPDIR=str(scratch))

    assert done.returncode != 0
    assert [(here / name).read_bytes() for name in ("first", "second")] == [b"old", b"old"]
    assert sorted(path.name for path in here.iterdir()) == ["first", "second"]
    assert list(scratch.iterdir()) == []


def test_install_script_and_reasons_show_no_content() -> None:
    file = File("/etc/secret", b"canary")
    found = differences([file], {file.path: AS_WANTED})

    assert "canary" not in install_script([file]) and "canary" not in words(found.why)


TREE = Directory("/etc/x", exclusive=True)
HERE = FileState("755", "root", "root")


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ({}, ["/etc/x is missing", "/etc/x/a.conf is missing"]),
        ({"/etc/x": HERE}, ["/etc/x/a.conf is missing"]),
        ({"/etc/x": HERE, CONF.path: AS_WANTED}, []),
        ({"/etc/x": HERE._replace(mode="777"), CONF.path: AS_WANTED}, ["/etc/x has mode 777 instead of 755"]),
        ({"/etc/x": HERE, CONF.path: AS_WANTED._replace(sha256="0" * 64)}, ["/etc/x/a.conf has other content"]),
        ({"/etc/x": HERE, CONF.path: FileState("666", "pi", "pi", "0" * 64)},
         ["/etc/x/a.conf has other content, mode 666 instead of 644, owner pi instead of root, "
          "group pi instead of root"]),
        ({"/etc/x": HERE, CONF.path: HERE}, ["/etc/x/a.conf is not a file"]),
        ({"/etc/x": AS_WANTED, CONF.path: AS_WANTED}, ["/etc/x is not a directory"]),
        ({"/etc/x": HERE, CONF.path: AS_WANTED, "/etc/x/z/old": AS_WANTED}, ["/etc/x/z/old does not belong there"]),
    ],
)  # fmt: skip
def test_each_change_has_its_reason(there: dict[str, FileState], why: list[str]) -> None:
    changes = differences([TREE, CONF], there)

    assert [str(one) for one in changes.why] == why
    lists = (changes.directories, changes.files, changes.superfluous, changes.access)
    assert len(changes.why) == sum(len(entries) for entries in lists)


def test_what_a_missing_directory_lacks_follows_from_it_alone() -> None:
    def follows(there: dict[str, FileState]) -> list[tuple[str, ...]]:
        return [one.follows for one in differences([TREE, CONF], there).why]

    assert follows({}) == [(), ("/etc/x",)]
    assert follows({"/etc/x": HERE._replace(mode="777")}) == [(), ()]


@pytest.mark.parametrize(
    ("state", "follows"),
    [
        (AS_WANTED._replace(owner="10001", group="10001"), ("the account root", "the account root")),
        (AS_WANTED._replace(group="10001"), ("the account root",)),
        # of which the account is not the cause
        (AS_WANTED._replace(group="10001", mode="666"), ()),
        (AS_WANTED._replace(group="10001", sha256="0" * 64), ()),
    ],
)
def test_ownership_follows_from_the_account(state: FileState, follows: tuple[str, ...]) -> None:
    (difference,) = differences([CONF], {CONF.path: state}).why

    assert difference.follows == follows
