"""The Engine's configuration: what a host answers, and how the running Engine is made to take it."""

import base64
import stat
from pathlib import Path

import pytest

from envivo.operations.engine import Engine, parse, script
from envivo.roles.docker import removal
from envivo.state.live_restore import CONFIG, EngineState
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines, sh

OLD, NEW = '{"debug": true}\n', '{\n  "debug": true,\n  "live-restore": true\n}\n'


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


DOCKERD = encoded("/usr/sbin/dockerd\n-H\nfd://")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ([], EngineState()),
        (["options ", f"file {CONFIG}"], EngineState()),
        (["options", f"file {CONFIG}", "content"], EngineState(content=b"")),
        (
            ["said true inactive", f"options {DOCKERD}", "file /srv/my docker.json",
             f"content {encoded(OLD)}"],
            EngineState(True, "inactive", ("-H", "fd://"), "/srv/my docker.json", OLD.encode()),
        ),
        (["said false active"], EngineState(swarm="active")),
    ],
)  # fmt: skip
def test_engine_is_read_from_what_a_host_answers(answer: list[str], state: EngineState) -> None:
    assert parse(answer) == state


@pytest.mark.parametrize(
    ("options", "file"),
    [
        (("-H", "fd://"), CONFIG),
        (("--config-file=/x/a b.json", "--debug"), "/x/a b.json"),
        (("--debug", "--config-file", "/x/c.json"), "/x/c.json"),
    ],
)
def test_file_is_the_one_that_the_running_dockerd_names(tmp_path: Path, options: tuple[str, ...], file: str) -> None:
    programs = Programs(tmp_path)
    (tmp_path / "cmdline").write_text("".join(f"{word}\0" for word in ["/usr/sbin/dockerd", *options]))
    programs.add("docker", "echo true inactive")
    programs.add("systemctl", "echo 1")
    programs.add("cat", f"exec /bin/cat {tmp_path / 'cmdline'}")

    seen = parse(lines(Engine().command(), PATH=programs.path))

    assert (seen.live_restore, seen.swarm, seen.options, seen.file) == (True, "inactive", options, file)


def test_host_without_docker_answers_too(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    programs.add("docker", "exit 127")
    programs.add("systemctl", "echo 0")

    assert parse(lines(Engine().command(), PATH=programs.path)) == EngineState()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "docker").mkdir()
    file = tmp_path / "docker" / "daemon.json"
    file.write_text(OLD)
    file.chmod(0o600)
    return file


@pytest.fixture
def programs(tmp_path: Path, file: Path) -> Programs:
    """An Engine that takes what its file says when it is told to reload."""
    programs = Programs(tmp_path)
    programs.add("dockerd")
    programs.add("systemctl", f"cp {file} {tmp_path}/taken 2>/dev/null || rm -f {tmp_path}/taken")
    programs.add("docker", f"grep -qs live-restore {tmp_path}/taken && echo true inactive || echo false inactive")
    programs.add("sleep")
    return programs


def mark(programs: Programs) -> Path:
    """Notes where the key was added."""
    return programs.directory.parent / "added" / "live-restore"


def taken(programs: Programs, file: Path, write: bool = True) -> tuple[int, str]:
    done = sh(script(str(file), write, str(mark(programs))), encoded(NEW), PATH=programs.path)
    assert [one.name for one in file.parent.iterdir()] in ([file.name], []), "something was left"
    return done.returncode, done.stderr


def test_file_is_validated_renamed_taken_and_looked_at(programs: Programs, file: Path) -> None:
    assert taken(programs, file) == (0, "")

    assert file.read_text() == NEW
    assert mark(programs).read_text() == f"{file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, "it may hold credentials, and was closed"
    assert [call.split()[0] for call in programs.calls] == ["dockerd", "systemctl", "docker"]
    assert "systemctl reload docker.service" in programs.calls


def test_first_file_is_one_that_all_may_read(programs: Programs, file: Path) -> None:
    file.unlink()
    file.parent.rmdir()

    assert taken(programs, file) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_link_stays_one(programs: Programs, file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(file)

    assert sh(script(str(link), True, str(mark(programs))), encoded(NEW), PATH=programs.path).returncode == 0
    assert link.is_symlink() and file.read_text() == NEW


def test_file_that_dockerd_refuses_is_not_put_in_place(programs: Programs, file: Path) -> None:
    programs.add("dockerd", "echo 'unable to configure the Docker daemon with file x: bogus' >&2; exit 1")

    code, words = taken(programs, file)

    assert code == 1 and file.read_text() == OLD
    assert words.startswith(f"dockerd refuses {file} with live-restore (unchanged): unable to configure")
    assert not any(call.startswith("systemctl") for call in programs.calls)


@pytest.mark.parametrize("before", [OLD, ""])
def test_file_that_the_engine_does_not_take_is_taken_back(programs: Programs, file: Path, before: str) -> None:
    programs.add("docker", "echo false inactive")
    if not before:
        file.unlink()

    code, words = taken(programs, file)

    assert code == 1 and "does not apply live-restore" in words and "journalctl -u docker.service" in words
    assert (file.read_text() if file.exists() else "") == before
    assert not mark(programs).exists()
    assert programs.calls.count("systemctl reload docker.service") == 2, "the Engine has the previous one again"


def test_reload_alone_writes_nothing(programs: Programs, file: Path) -> None:
    file.write_text(NEW)
    before = file.stat()

    assert taken(programs, file, write=False) == (0, "")
    assert not mark(programs).exists(), "it was there before"
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NEW, '{\n  "debug": true\n}\n'),
        ('{\n  "live-restore": true,\n  "debug": true\n}\n', '{\n  "debug": true\n}\n'),
        ('{\n  "live-restore": true\n}\n', None),
        ('{"live-restore": true, "debug": true}', '{"live-restore": true, "debug": true}'),
        ('{\n  "live-restore": false\n}\n', '{\n  "live-restore": false\n}\n'),
    ],
    ids=["last", "first", "only", "on one line with others", "turned off since"],
)
def test_purge_removes_the_key_that_a_deploy_added(
    programs: Programs, file: Path, before: str, after: str | None
) -> None:
    file.write_text(before)
    mark(programs).parent.mkdir()
    mark(programs).write_text(f"{file}\n")

    done = sh(removal.added(str(mark(programs))).purge, PATH=programs.path)

    assert done.returncode == 0, done.stderr
    assert (file.read_text() if file.exists() else None) == after
    assert not mark(programs).exists()
    assert [one.name for one in file.parent.iterdir()] in ([file.name], [])


def test_purge_leaves_a_key_that_was_there_before(programs: Programs, file: Path) -> None:
    file.write_text(NEW)

    assert sh(removal.added(str(mark(programs))).purge, PATH=programs.path).returncode == 0
    assert file.read_text() == NEW and programs.calls == []


def test_purge_leaves_what_dockerd_would_refuse_without_the_key(programs: Programs, file: Path) -> None:
    file.write_text(NEW)
    mark(programs).parent.mkdir()
    mark(programs).write_text(f"{file}\n")
    programs.add("dockerd", "exit 1")

    sh(removal.added(str(mark(programs))).purge, PATH=programs.path)

    assert file.read_text() == NEW and mark(programs).exists(), "so that the key is named"
