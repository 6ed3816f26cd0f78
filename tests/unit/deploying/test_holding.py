"""Hosts that a command of envivo's own holds: deploys wait or are refused, and its commands end with its claim."""

import os
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.inventory import LOCAL, Host
from envivo.operations import lease
from envivo.orchestration.deploying.holding import held, run
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
        assert run(SHELL, mine, "echo here", 20) == "here\n"
    assert lock.read_text() == ""


def test_second_command_is_refused_and_names_the_first(lock: Path) -> None:
    with held({LOCAL: SHELL}, lease.ours(), say), held({LOCAL: SHELL}, lease.ours(), say) as refused:
        (finding,) = refused
        assert "has been running since" in finding.message and finding.fix == "wait until it is done"
    assert lock.read_text() == ""


def test_command_does_not_run_once_the_host_was_taken_over(lock: Path) -> None:
    mine = lease.ours()
    with held({LOCAL: SHELL}, mine, say):
        lock.write_text(f"{lease.Lease('b@c', '', 1, '', '', 'token').text}\n")
        with pytest.raises(EnvivoError, match="another deploy has taken this host over"):
            run(SHELL, mine, "echo here", 20)
    assert "b@c" in lock.read_text(), "it is not freed"


def test_user_who_is_not_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "programs" / "id").write_text("#!/bin/sh\necho 1000\n")
    with held({LOCAL: SHELL}, lease.ours(), say) as refused:
        assert [finding.code for finding in refused] == ["not-root"]
