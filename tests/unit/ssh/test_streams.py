"""Long input and output of a command: bytes as they are, over a real sshd, whatever the login shell prints."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from envivo import remote
from envivo.core.errors import EnvivoError
from envivo.inventory import LOCAL, Host
from envivo.remote import RemoteShell
from envivo.roles.camera import discover
from envivo.roles.camera.discover import Discovery
from tests.unit.ssh.server import Server

PIECE = bytes(range(256)) * 4096
PIECES = 9
NOISE = "echo Welcome\necho news >&2\ntrap 'echo Bye; echo Bye >&2' EXIT\nprintf unfinished\n"


@pytest.fixture(params=[LOCAL, "attic"])
def shell(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[RemoteShell]:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text(NOISE)
    server.shell("bash", home)
    shell = RemoteShell(Host(request.param, (), {} if request.param == LOCAL else server.data()))
    yield shell
    shell.close()


def test_what_goes_in_comes_out(shell: RemoteShell) -> None:
    digest, sizes = hashlib.sha256(), []

    def sink(piece: bytes) -> None:
        digest.update(piece)
        sizes.append(len(piece))

    done = shell.stream("cat; echo words >&2; exit 3", (PIECE for _ in range(PIECES)), sink)

    assert done.code == 3 and done.err == "words\n"
    assert digest.hexdigest() == hashlib.sha256(PIECE * PIECES).hexdigest()
    assert max(sizes) < len(PIECE), "it came piece by piece"


@pytest.mark.parametrize("output", [b"", b"x", b"\n", b"no newline", b"\nenvivo-\n\0\xff"])
def test_short_output_is_the_commands_alone(shell: RemoteShell, output: bytes) -> None:
    found: list[bytes] = []
    shell.stream("cat", [output] if output else (), found.append)
    assert b"".join(found) == output


def test_search_for_cameras_starts_from_what_it_is_sent(shell: RemoteShell, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the search itself, which would ask the networks of this machine."""
    answer = '{"interfaces": [], "unsent": [], "more": 0, "cameras": []}'
    echoes = f"import json; given = json.loads(sys.stdin.readline()); print({answer!r} if given['only'] else '')"
    monkeypatch.setattr(discover, "_START", discover._START.replace("sys.exit(main(['--stdin']))", echoes))
    found = discover.discover(shell, "attic", "viewer", SecretStr("p@ss"), ["192.0.2.1"])
    assert found == Discovery(interfaces=(), unsent=(), more=0, cameras=())


def test_command_that_does_not_read_ends(shell: RemoteShell) -> None:
    assert shell.stream("exit 4", (PIECE for _ in range(PIECES))).code == 4


def test_stream_in_which_nothing_moves_is_given_up(shell: RemoteShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_SILENT_S", 1)
    with pytest.raises(EnvivoError, match="no progress for 1 s"):
        shell.stream("sleep 60")


def test_error_of_the_sink_reaches_the_caller(shell: RemoteShell) -> None:
    def full(_: bytes) -> None:
        raise EnvivoError("disk", "is full", "make room")

    with pytest.raises(EnvivoError, match="disk: is full"):
        shell.stream("head -c 10000000 /dev/zero", (), full)
    assert shell.run("echo still").out == "still\n"
