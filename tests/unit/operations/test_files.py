"""Files and directories: what differs, and the script that installs, run by a real shell."""

import grp
import itertools
import os
import pwd
from pathlib import Path
from typing import NamedTuple

import pytest

from envivo.operations.file_states import FileStates
from envivo.operations.files import Changes, archive, differences, install_script
from envivo.operations.reasons import words
from envivo.state.desired import Directory, File
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
