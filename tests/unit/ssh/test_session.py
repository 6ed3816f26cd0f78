"""Commands over a connection, in OpenSSH's own protocol: packets as its description has them, and a real sshd."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from envivo.ssh import session
from envivo.ssh.link import Link, UnreachableError
from tests.patience import until
from tests.unit.ssh.server import Server
from tests.unit.ssh.test_reach import agent

BIG = "line 17 of many\n" * 200_000
EXIT, FAILURE = bytes.fromhex("8000000400000002000000ff"), bytes.fromhex("80000003000000000000000462757379")


def test_packets_are_those_of_the_protocol() -> None:
    assert session.packet(session.HELLO, 4) == bytes.fromhex("000000080000000100000004")
    assert session.request("id ü", agent=True) == bytes.fromhex(
        "0000002d" "10000002" "00000000" "00000000" "00000000" "00000000" "00000001" "00000000" "ffffffff" "00000000"
        "00000005" "696420c3bc"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (b"", []),
        (b"\0\0\0", []),
        (b"\0\0\0\x0c" + EXIT[:-1], []),
        (b"\0\0\0\x0c" + EXIT, [(session.EXIT, EXIT[4:])]),
        (b"\0\0\0\x10" + FAILURE + b"\0\0\0\x0c" + EXIT + b"\0",
         [(session.FAILURE, FAILURE[4:]), (session.EXIT, EXIT[4:])]),
    ],
)  # fmt: skip
def test_packets_are_read_as_they_come(said: bytes, found: list[tuple[int, bytes]]) -> None:
    assert list(session.packets(said)) == found


@pytest.fixture
def link(server: Server) -> Iterator[Link]:
    link = Link("attic", server.data())
    yield link
    link.close()


@pytest.mark.parametrize("code", [0, 3, 255])
def test_code_and_streams_are_the_commands_own(link: Link, code: int) -> None:
    assert link.run(f"echo out; echo err >&2; cat; exit {code}", 20) == (code, "out\n", "err\n")


def test_command_that_is_killed_has_no_success(link: Link) -> None:
    assert link.run("echo out; kill -9 $$", 20) == (255, "out\n", "")


def test_streams_of_any_size_do_not_wait_for_each_other(link: Link) -> None:
    assert link.run("tee /dev/stderr", 60, BIG.encode()) == (0, BIG, BIG)


def test_input_that_nobody_reads_is_no_error(link: Link) -> None:
    assert link.run("exec <&-; echo done", 60, BIG.encode()) == (0, "done\n", "")


def test_time_that_is_over_ends_the_wait_and_the_session(link: Link, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    with pytest.raises(TimeoutError, match="no answer within 1 s"):
        link.run(f"trap '' PIPE; while echo still; do sleep 0.05; done 2>/dev/null; touch {ended}", 1)
    assert until(bool, ended.exists, 20, 0.05)
    assert link.run("echo next", 20).out == "next\n"


def test_connection_that_ends_during_a_command_is_told(link: Link) -> None:
    with pytest.raises(UnreachableError, match="attic: cannot be reached over SSH"):
        link.run("kill -9 $PPID", 20)
    assert link.lost


def test_agent_is_forwarded_where_the_inventory_says_so(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agent(tmp_path, server.key) as place:
        monkeypatch.setenv("SSH_AUTH_SOCK", place)
        said = []
        for forward in (True, False):
            link = Link("attic", server.data(ssh_forward_agent=forward))
            said.append(link.run('echo "${SSH_AUTH_SOCK:+there}"', 20).out)
            link.close()
    assert said == ["there\n", "\n"]


def test_another_process_of_the_command_needs_no_connection_of_its_own(link: Link) -> None:
    assert link.socket == ""
    link.open()
    other = Link("attic", {"ssh_hostname": "192.0.2.1"})
    other.borrow(link.socket)

    assert other.run("echo over it", 20).out == "over it\n"
    other.close()
    assert link.run("echo still", 20).out == "still\n"
    link.close()
    with pytest.raises(UnreachableError, match="the connection was lost"):
        other.run("echo gone", 20)
