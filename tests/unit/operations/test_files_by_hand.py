"""Files and directories that somebody has changed: what is said, and what is put right, by a real shell."""

from pathlib import Path

import pytest

from envivo.operations.file_states import FileStates
from envivo.operations.files import access_script, archive, deviation, differences, install_script, obstacles
from envivo.state.desired import Directory, Entry, File, LocalFile
from envivo.state.file_states import FileState
from tests.unit.operations.shell import lines, sh
from tests.unit.operations.test_files import ME, MINE, mine


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

    assert str(problem).startswith(f"{file.path}: is a directory with content")


@pytest.mark.parametrize("stands", ["a file", "a link to nothing"])
def test_what_is_no_directory_is_refused_and_a_link_to_one_is_one(tmp_path: Path, stands: str) -> None:
    wanted = Directory(str(tmp_path / "folder"), "700", ME, MINE)
    if stands == "a file":
        Path(wanted.path).touch()
    else:
        Path(wanted.path).symlink_to("nothing")
    assert [problem.message for problem in obstacles([wanted], seen(wanted))] == ["is not a directory, but must be one"]
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
