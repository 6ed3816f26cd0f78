"""A release is kept on a host and put back: its scripts, run by a real shell."""

from pathlib import Path

import pytest

from envivo.operations import releases
from envivo.operations.files import put_back
from envivo.state import release
from envivo.state.desired import Directory, File
from envivo.state.release import Brought, KeptFile, Release, ReleaseNumbers
from tests.unit.operations.shell import sh
from tests.unit.operations.test_files import ME, MINE, mine

SETTINGS = '{"password": "hunter-two"}'


class Host:
    """A directory in which a deploy brings files, and the releases that it keeps."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.etc, self.kept = place / "etc", place / "releases"
        for name, path in (("DIRECTORY", ""), ("CURRENT", "/current"), ("PENDING", "/pending")):
            monkeypatch.setattr(release, name, f"{self.kept}{path}")

    def wanted(self, **contents: str) -> list[Directory | File]:
        directory = Directory(str(self.etc), "750", ME, MINE)
        return [directory, *(mine(self.etc / name, text.encode()) for name, text in contents.items())]

    def deploy(self, number: int, **contents: str) -> None:
        """Bring the files as a deploy does, and keep the release."""
        self.etc.mkdir(mode=0o750, exist_ok=True)
        for old in self.etc.glob("*"):
            old.unlink()
        files = [entry for entry in self.wanted(**contents) if isinstance(entry, File)]
        for file in files:
            Path(file.path).write_bytes(file.content)
            Path(file.path).chmod(0o640)
        kept = {file.path: KeptFile(file.path, file.sha256, file.mode, file.owner, file.group) for file in files}
        brought = Brought(kept, steps={"1": put_back(self.wanted(**contents))})
        made = Release(
            number, f"2026-11-30T10:00:{number:02}+00:00", "a@b", "1", brought.digest(SETTINGS), [*kept.values()]
        )
        known = release.known(sh(release.brief()).stdout.splitlines())
        script, archive = releases.keep(made, brought, SETTINGS, known)
        done = sh(script, archive)
        assert done.returncode == 0, done.stderr

    def back(self, number: int) -> str:
        done = sh(str(self.kept / str(number) / "restore"))
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    @property
    def contents(self) -> dict[str, str]:
        return {file.name: file.read_text() for file in self.etc.iterdir()}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(tmp_path, monkeypatch)


def test_release_comes_back_whole_and_nothing_of_the_next_one_stays(host: Host) -> None:
    host.deploy(1, a="one", b="same")
    host.deploy(2, a="two", b="same", c="new")
    said = host.back(1)
    assert host.contents == {"a": "one", "b": "same"}
    assert "b" not in {Path(line.split()[-1]).name for line in said.splitlines()}, "a file that is as it was"
    assert (host.kept / "current").resolve().name == "1"
    assert host.back(1) == "", "nothing to do"
    host.back(2)
    assert host.contents == {"a": "two", "b": "same", "c": "new"}


@pytest.mark.parametrize("damage", ["content", "mode", "gone", "link", "pending"])
def test_release_comes_back_whatever_was_done_to_its_files(host: Host, damage: str) -> None:
    host.deploy(1, a="one", b="two")
    file = host.etc / "a"
    match damage:
        case "content":
            file.write_text("other")
        case "mode":
            file.chmod(0o666)
        case "gone":
            file.unlink()
        case "link":
            file.rename(host.etc / "z")
            file.symlink_to(host.etc / "b")
            (host.kept / "pending").write_text(f"{host.etc / 'z'}\n")
        case "pending":  # of a deploy that was killed
            (host.etc / "d").write_text("half a deploy")
            (host.kept / "pending").write_text(f"{host.etc / 'd'}\n")
    host.back(1)
    assert host.contents == {"a": "one", "b": "two"}
    assert not file.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert not (host.kept / "pending").exists()


def test_interrupted_return_is_completed_by_the_next_one(host: Host) -> None:
    host.deploy(1, a="one", b="two")
    host.deploy(2, a="1", b="2")
    (host.etc / "b").unlink()
    (host.etc / "b").mkdir()  # which no file can replace: the program ends there
    assert sh(str(host.kept / "1" / "restore")).returncode != 0
    assert (host.kept / "current").resolve().name == "2"
    changed = (host.kept / "changed").read_text()
    (host.etc / "b").rmdir()
    host.back(1)
    assert host.contents == {"a": "one", "b": "two"}
    assert str(host.etc / "a") in changed, "what reads it is restarted by the next one"
    assert not (host.kept / "changed").exists()


def test_release_that_cannot_be_read_changes_nothing(host: Host) -> None:
    host.deploy(1, a="one")
    host.deploy(2, a="two", b="new")
    (host.kept / "1" / "files.tar.gz").write_bytes(b"not an archive")
    done = sh(str(host.kept / "1" / "restore"))
    assert done.returncode != 0
    assert "choose another release" in done.stderr
    assert host.contents == {"a": "two", "b": "new"}


def test_five_releases_are_kept_the_current_one_among_them_and_nobody_else_reads_them(host: Host) -> None:
    for number in range(1, 9):
        host.deploy(number, a=str(number))
    kept = release.listed(sh(release.listing()).stdout)
    assert (kept.current, sorted(kept.releases)) == (8, [4, 5, 6, 7, 8])
    assert all(not file.stat().st_mode & 0o077 for file in (host.kept, *host.kept.rglob("*")) if not file.is_symlink())
    host.back(4)
    host.deploy(9, a="nine")
    assert sorted(release.listed(sh(release.listing()).stdout).releases) == [5, 6, 7, 8, 9]


def test_host_to_which_no_file_belongs_any_more_has_a_release_too(host: Host) -> None:
    host.deploy(1, a="one")
    host.deploy(2)
    host.back(1)
    assert host.contents == {"a": "one"}
    host.back(2)
    assert host.contents == {}


def test_host_without_releases_is_read(host: Host) -> None:
    assert release.listed(sh(release.listing()).stdout) == release.Kept(0, {})
    assert release.known(sh(release.brief()).stdout.splitlines()) == ReleaseNumbers(0, "", [])
