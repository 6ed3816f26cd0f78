"""Whose a host is: the judgement of a lock, and its scripts in the shell that pyinfra uses."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.operations import lease, lock_messages
from envivo.operations.lease import Lease, SeenLock
from tests.patience import until
from tests.unit.operations.shell import lines, sh

ALICE = Lease("alice@laptop", "another machine", 12, "100", "10:02:31 UTC", "a" * 16)
BOB = replace(ALICE, owner="bob@desk", token="b" * 16)


@pytest.fixture(autouse=True)
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lock of a host that is this machine, and a login that is root to the scripts."""
    file, programs = tmp_path / "lock", tmp_path / "programs"
    programs.mkdir()
    (programs / "id").write_text("#!/bin/sh\necho 0\n")
    (programs / "id").chmod(0o755)
    monkeypatch.setattr(lease, "LOCK", str(file))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return file


def ours(**other: str | int) -> Lease:
    return replace(lease.ours(), **other)  # type: ignore[arg-type]


def ended_process() -> Lease:
    done = subprocess.Popen([sys.executable, "-c", ""])
    started = lease._started(done.pid)
    done.wait()
    return ours(pid=done.pid, started=started)


@pytest.mark.parametrize(
    ("owner", "silent_s", "at_work", "verdict"),
    [
        (ALICE, 0, "", "running"),
        (ALICE, 0, "apt-get (pid 9)", "running"),
        (ALICE, lease.SILENT_AFTER_S, "", "running"),
        (ALICE, lease.SILENT_AFTER_S + 1, "", "silent"),
        (ALICE, lease.STALE_AFTER_S - 1, "apt-get (pid 9)", "silent"),
        (ALICE, lease.STALE_AFTER_S, "", "gone"),
        (ALICE, lease.STALE_AFTER_S, "apt-get (pid 9)", "gone"),
        (lease.ours(), 0, "", "running"),
        (lease.ours(), lease.STALE_AFTER_S, "", "gone"),
        (ended_process(), 0, "", "gone"),
        (replace(ended_process(), machine="another machine"), 0, "", "running"),
        (replace(ended_process(), machine=""), 0, "", "running"),
        # another process has its number now
        (ours(started="1"), 0, "", "gone"),
        (ours(pid=1), 0, "", "gone"),
        (None, 0, "apt-get (pid 9)", "at work"),
        (None, 0, "", "free"),
    ],
)
def test_verdict(owner: Lease | None, silent_s: float, at_work: str, verdict: str) -> None:
    assert lease.judge(SeenLock(owner.text if owner else "", silent_s, at_work)) == verdict


@pytest.mark.parametrize("line", ["garbled", "{}", "[]", '{"owner": 1}', '"text"', "\x00"])
def test_line_that_is_not_understood_is_somebodys_until_it_is_silent(line: str) -> None:
    assert lease.judge(SeenLock(line, 1)) == "running"
    assert lease.judge(SeenLock(line, lease.STALE_AFTER_S)) == "gone"
    refusal = lock_messages.refused(SeenLock(line))
    assert (refusal.what, refusal.fix) == ("another envivo command holds the lock of this host", "wait until it ends")


def test_process_that_only_waits_to_be_reaped_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        kept = ours(pid=process.pid, started=lease._started(process.pid))
        assert not lease.ended(kept)
        process.kill()
        assert until(bool, lambda: lease.ended(kept), 5)


@pytest.mark.parametrize(
    ("output", "seen"),
    [
        (["taken"], "taken"),
        (["unfit"], "unfit"),
        (["held", "now 100.5"], SeenLock("", 100.5, "")),
        (["held", "now 100.5", f"kept {ALICE.text}", "alive 98.0"], SeenLock(ALICE.text, 2.5, "")),
        (["held", "now 9", "holder 7 sh", "holder 8 docker", "holder 9 sh"], SeenLock("", 9, "docker (pid 8)")),
        (["held", "now 9", "holder 8 docker", "holder 9 xargs"], SeenLock("", 9, "docker (pid 8)")),
        (["held", "now 9", "holder 7 sh"], SeenLock("", 9, "sh (pid 7)")),
        (["held", "now 9", "holder 7 two words"], SeenLock("", 9, "two words (pid 7)")),
    ],
)  # fmt: skip
def test_answer_of_a_host_is_read(output: list[str], seen: SeenLock | str) -> None:
    assert lease.parse(output) == seen


@pytest.mark.parametrize("output", [[], ["Welcome!"], ["held", "now soon"], ["held", "taken"], ["held", "holder x y"]])
def test_answer_that_is_something_else_is_an_error(output: list[str]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        lease.parse(output)


def taken(mine: Lease, instead_of: str = "") -> SeenLock | str:
    return lease.parse(lines(lease.take(mine, instead_of)))


def seen(mine: Lease, instead_of: str = "") -> SeenLock:
    answer = taken(mine, instead_of)
    assert isinstance(answer, SeenLock), answer
    return answer


def test_host_is_taken_once_and_free_after_its_release(lock: Path) -> None:
    assert taken(ALICE) == "taken"
    assert seen(BOB).lease == ALICE
    assert seen(BOB).silent_s < lease.SILENT_AFTER_S
    sh(lease.release(BOB))
    assert seen(BOB).lease == ALICE, "released by another one"
    sh(lease.release(ALICE))
    assert lock.read_text() == ""
    assert taken(BOB) == "taken"


def test_host_is_taken_over_from_the_one_that_was_judged_alone() -> None:
    taken(ALICE)
    judged = seen(BOB).line
    carol = replace(BOB, owner="carol@desk", token="c" * 16)
    assert taken(carol, judged) == "taken"
    assert seen(BOB, judged).lease == carol


def test_sign_of_life_is_counted_by_the_hosts_uptime(lock: Path) -> None:
    taken(ALICE)
    lock.write_text(f"{ALICE.text}\nalive 0.0\n")
    assert seen(BOB).silent_s >= lease.STALE_AFTER_S
    assert lines(lease.renew(ALICE)) == []
    assert seen(BOB).silent_s < lease.SILENT_AFTER_S
    assert lines(lease.renew(BOB)) == ["lost"]
    lock.unlink()
    assert lines(lease.renew(ALICE)) == ["lost"]


@contextmanager
def at_work(owner: Lease) -> Iterator[None]:
    """A command of the deploy, as long as the context lasts."""
    command = ["/bin/sh", "-c", f"{lease.guarded(owner)} echo begun; cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield
        process.communicate("")


def test_command_runs_only_while_the_host_is_the_deploys(lock: Path) -> None:
    assert sh(f"{lease.guarded(ALICE)} echo done").returncode != 0
    taken(ALICE)
    assert sh(f"{lease.guarded(ALICE)} echo done").stdout == "done\n"
    refused = sh(f"{lease.guarded(BOB)} echo done")
    assert (refused.returncode, refused.stdout, refused.stderr.strip()) == (75, "", lock_messages.LOST)


@pytest.mark.parametrize("released", [True, False])
def test_host_is_not_to_be_had_while_a_command_of_an_earlier_deploy_runs(released: bool) -> None:
    """Where that deploy is gone: killed, or stopped on request. Its command goes on on the host."""
    taken(ALICE)
    with at_work(ALICE):
        assert lines(lease.renew(ALICE)) == [], "a long command kept the deploy from showing that it lives"
        if released:
            sh(lease.release(ALICE))
        left = seen(BOB, ALICE.text)
        assert left.at_work.startswith("cat (pid ")
        assert lease.judge(left) == ("at work" if released else "running")
        assert (left.lease is None) == released
    assert taken(BOB, ALICE.text) == "taken"


def test_of_many_at_once_one_has_the_host() -> None:
    claims = [replace(BOB, token=f"{number:016}") for number in range(8)]
    started = [
        subprocess.Popen(["/bin/sh", "-c", lease.take(one)], stdout=subprocess.PIPE, text=True) for one in claims
    ]
    said = [one.communicate()[0].split()[0] for one in started]
    assert sorted(said) == ["held"] * 7 + ["taken"]


def test_login_that_is_not_root_is_left_to_preflight(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "programs" / "id").write_text("#!/bin/sh\necho 1000\n")
    assert taken(ALICE) == "unfit"


def test_words() -> None:
    alice = SeenLock(ALICE.text, 75)
    refusal = lock_messages.refused(alice)
    assert (
        refusal.what
        == "another envivo command by alice@laptop (pid 12) has held the lock of this host since 10:02:31 UTC"
    )
    assert refusal.fix == "wait until it ends"
    assert lock_messages.taking_over(alice) == (
        "taking over the lock of the host from the envivo command by alice@laptop (pid 12) since 10:02:31 UTC: "
        "no response for 75 s"
    )
    assert "its process has ended" in lock_messages.taking_over(SeenLock(ended_process().text))
    left = SeenLock("", 0, "apt-get (pid 9)")
    assert lock_messages.waiting(left, lease.judge(left)) == (
        "waiting for a process of another envivo command: apt-get (pid 9)"
    )
    never = lock_messages.never_ended(left, 300)
    assert never.what == "a process of another envivo command still runs after 300 s, apt-get (pid 9)"
    assert never.fix == "see ps -fp 9 on the host, end it, and run the command again"
    silent = SeenLock(ALICE.text, 30)
    assert "alice@laptop" in lock_messages.waiting(silent, lease.judge(silent))


def test_lease_is_one_line_without_a_secret() -> None:
    text = lease.ours().text
    assert "\n" not in text and json.loads(text)["pid"] == os.getpid()
    assert SeenLock(text).lease is not None


def test_what_changes_a_host_beside_deploys_waits_for_none_and_holds_them_off(lock: Path) -> None:
    assert lines(lease.beside()) == ["taken"]
    assert lock.stat().st_mtime == 0, "the file's time is that of the last deploy"
    assert lines(lease.take(BOB)) == ["taken"]

    seen = lease.parse(lines(lease.beside()))

    assert isinstance(seen, SeenLock) and seen.lease == BOB
    assert lines(lease.beside(BOB.text)) == ["taken"]
    assert lines(lease.beside(ALICE.text))[0] == "held"
    sh(lease.release(BOB))
    # a deploy that begins meanwhile waits for it
    begun = lines(f"{lease.beside()}\n(exec 9<&-; {lease.take(ALICE)})")
    assert begun[:2] == ["taken", "held"] and any(line.startswith("holder ") for line in begun)
