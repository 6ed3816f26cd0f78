"""Files and directories: what differs, and the script that installs, run by a real shell."""

import grp
import itertools
import os
import pwd
from pathlib import Path

import pytest

from envivo.operations.files import (
    Changes,
    Directory,
    File,
    FileStates,
    State,
    archive,
    differences,
    install_script,
    summary,
)
from tests.unit.operations.shell import lines, sh

ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name

CONF = File("/etc/x/a.conf", b"one\n")
AS_WANTED = State("644", "root", "root", CONF.sha256)


def mine(path: Path, content: bytes = b"", mode: str = "640") -> File:
    return File(str(path), content, mode, ME, MINE)


@pytest.mark.parametrize(
    ("wanted", "there", "changes"),
    [
        ([CONF], {}, Changes([], [CONF], [])),
        ([CONF], {CONF.path: AS_WANTED}, Changes([], [], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(sha256="0" * 64)}, Changes([], [CONF], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(mode="600")}, Changes([], [CONF], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(owner="nobody")}, Changes([], [CONF], [])),
        ([CONF], {CONF.path: AS_WANTED._replace(group="video")}, Changes([], [CONF], [])),
        # a directory stands where the file has to be
        ([CONF], {CONF.path: State("644", "root", "root")}, Changes([], [CONF], [])),
        ([Directory("/etc/x")], {}, Changes([Directory("/etc/x")], [], [])),
        ([Directory("/etc/x")], {"/etc/x": State("755", "root", "root")}, Changes([], [], [])),
        ([Directory("/etc/x")], {"/etc/x": State("700", "root", "root")}, Changes([Directory("/etc/x")], [], [])),
        # a file stands where the directory has to be
        ([Directory("/etc/x")], {"/etc/x": State("755", "root", "root", "0" * 64)},
         Changes([Directory("/etc/x")], [], [])),
        # what nobody wants is left alone, unless the directory is ours alone
        ([Directory("/etc/x")], {"/etc/x": State("755", "root", "root"), "/etc/x/old": AS_WANTED},
         Changes([], [], [])),
        ([Directory("/etc/x", exclusive=True), CONF],
         {"/etc/x": State("755", "root", "root"), CONF.path: AS_WANTED, "/etc/x/z/old": AS_WANTED,
          "/etc/x/b": AS_WANTED},
         Changes([], [], ["/etc/x/b", "/etc/x/z/old"])),
        ([Directory("/etc/x", exclusive=True)], {"/etc/x": State("755", "root", "root"), "/etc/xy/file": AS_WANTED},
         Changes([], [], [])),
    ],
)  # fmt: skip
def test_differences_are_what_is_not_as_wanted(
    wanted: list[Directory | File], there: dict[str, State], changes: Changes
) -> None:
    assert differences(wanted, there) == changes


def test_file_states_are_read_from_the_shells_answer() -> None:
    digest = "552e53087863d283f9190e7acee9476506dcda50b5da6470e6b8f897b37a9f21"
    answer = [
        "755|root|root|/etc/envivo",
        "640|root|envivo|/etc/envivo/caddy/Caddyfile",
        f"{digest}  /etc/envivo/caddy/Caddyfile",
        "644|root|root|/opt/a|b  c",
        f"{digest}  /opt/a|b  c",
    ]

    assert FileStates().process(answer) == {
        "/etc/envivo": State("755", "root", "root"),
        "/etc/envivo/caddy/Caddyfile": State("640", "root", "envivo", digest),
        "/opt/a|b  c": State("644", "root", "root", digest),
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
    assert differences(wanted, states) == Changes([], [], [])
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


def test_install_script_and_summary_show_no_content() -> None:
    file = File("/etc/secret", b"canary")

    assert "canary" not in install_script([file]) and "canary" not in summary(Changes([], [file], []))


@pytest.mark.parametrize(
    ("files", "said"), [(1, "/0, /x, /old"), (2, "/0, /1, /x and 1 more"), (10, "/0, /1, /2 and 9 more")]
)
def test_summary_is_three_paths_and_a_number(files: int, said: str) -> None:
    assert summary(Changes([Directory("/x")], [File(f"/{n}", b"") for n in range(files)], ["/old"])) == said
