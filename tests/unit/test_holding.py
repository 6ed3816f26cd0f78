"""Hosts that a command of envivo's own holds, or keeps others from: they wait or are refused, and what it runs there
ends with its claim."""

import os
import subprocess
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.inventory import LOCAL, Host
from envivo.operations import lease, taking
from envivo.orchestration.holding import held, run_beside, run_held
from envivo.remote import RemoteShell

SHELL = RemoteShell(Host(LOCAL, (), {}))


def say(words: str) -> None:
    raise AssertionError(words)


@pytest.fixture(autouse=True)
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file, programs = tmp_path / "lock", tmp_path / "programs"
    programs.mkdir()
    (programs / "id").write_text("#!/bin/sh\necho 0\n")
    (programs / "id").chmod(0o755)
    monkeypatch.setattr(lease, "LOCK", str(file))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return file


def test_host_is_held_and_freed(lock: Path) -> None:
    mine = lease.ours()
    with held({LOCAL: SHELL}, mine, say) as refused:
        assert refused == [] and mine.owner in lock.read_text()
        assert run_held(SHELL, mine, "echo here", 20) == "here\n"
    assert lock.read_text() == ""


def test_second_command_is_refused_and_names_the_first(lock: Path) -> None:
    with held({LOCAL: SHELL}, lease.ours(), say), held({LOCAL: SHELL}, lease.ours(), say) as refused:
        (finding,) = refused
        assert "has held the lock of this host since" in finding.message and finding.fix == "wait until it ends"
    assert lock.read_text() == ""


def test_command_does_not_run_once_the_host_was_taken_over(lock: Path) -> None:
    mine = lease.ours()
    with held({LOCAL: SHELL}, mine, say):
        lock.write_text(f"{lease.Lease('b@c', '', 1, '', '', 'token').text}\n")
        with pytest.raises(EnvivoError, match="another envivo command took over the lock of this host"):
            run_held(SHELL, mine, "echo here", 20)
    assert "b@c" in lock.read_text(), "it is not freed"


def test_user_who_is_not_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "programs" / "id").write_text("#!/bin/sh\necho 1000\n")
    with held({LOCAL: SHELL}, lease.ours(), say) as refused:
        assert [finding.code for finding in refused] == ["not-root"]


OTHER = lease.Lease("bob@desk", "another machine", 12, "100", "10:02:31 UTC", "b" * 16)


def owned(lock: Path, silent_s: float) -> None:
    """By another command, without a sign of life for so long."""
    up = float(Path("/proc/uptime").read_text().split()[0])
    lock.write_text(f"{OTHER.text}\nalive {up - silent_s}\n")


def beside(script: str, within_s: int = 20) -> list[str]:
    return run_beside(LOCAL, SHELL, lambda begin: f"{begin}\n{script}", within_s)


def test_script_beside_runs_where_nobody_holds_the_host_or_its_owner_is_gone(lock: Path) -> None:
    assert beside("echo first; echo second") == ["first", "second"]
    owned(lock, lease.STALE_AFTER_S)
    assert beside("echo third") == ["third"]
    assert OTHER.token in lock.read_text(), "the host is not taken"


@pytest.mark.parametrize("silent_s", [0, lease.SILENT_AFTER_S + 5])
def test_script_beside_does_not_begin_where_a_command_may_hold_the_host(lock: Path, silent_s: float) -> None:
    owned(lock, silent_s)
    ran = lock.with_name("ran")
    with pytest.raises(EnvivoError) as refused:
        beside(f"touch {ran}")
    assert (
        refused.value.what
        == "another envivo command by bob@desk (pid 12) has held the lock of this host since 10:02:31 UTC"
    )
    assert refused.value.fix == "wait until it ends" and not ran.exists()


def test_script_beside_waits_briefly_for_a_process_that_has_the_host(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "WAIT_BRIEFLY_S", 1)
    lock.touch()
    with subprocess.Popen(
        ["/bin/sh", "-c", f"exec 9<{lock}; flock --exclusive 9; echo locked; exec cat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == "locked\n"
        with pytest.raises(EnvivoError) as refused:
            beside("echo here")
        process.communicate("")
    assert refused.value.what == (f"a process of another envivo command still runs after 1 s, cat (pid {process.pid})")
    assert beside("echo here") == ["here"]


def test_script_beside_that_does_not_end_or_answer_is_an_error() -> None:
    with pytest.raises(EnvivoError, match="did not end within 4 s"):
        beside("exec sleep 20", 4)
    with pytest.raises(EnvivoError, match=r"gave an unexpected answer \(no such thing\)"):
        run_beside(LOCAL, SHELL, lambda begin: "echo no such thing >&2", 20)
