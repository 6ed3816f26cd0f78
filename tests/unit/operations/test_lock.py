"""Deploys that meet on one host, are killed, interrupted or never end: real pyinfra, on this machine."""

import re
import signal
import socket
from pathlib import Path

import pytest

from envivo.operations import lease, lock_messages
from tests.patience import patient, until
from tests.unit.operations.deploys import Machine

WITHIN_S = 6
"""Of a command that hangs; a slow machine runs those that do not in less."""
LOOK = "from pyinfra.facts.server import Arch; host.get_fact(Arch)"


def program(machine: Machine, name: str, script: str) -> None:
    file = machine.directory / "programs" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_second_deploy_is_refused_and_names_the_first(machine: Machine) -> None:
    ran = machine.directory / "ran"
    gate = machine.gate()
    with machine.deploy(gate.command, "-y") as first:
        gate.begun()
        with machine.deploy(f"touch {ran}", "-y") as second:
            assert second.end() == 1
        gate.end()
        assert first.end() == 0, first.said
    mine = lease.ours().owner
    assert (
        f"another envivo command by {mine} (pid {first.process.pid}) has held the lock of this host since "
        in second.said
    )
    assert " UTC: wait until it ends" in second.said
    assert not ran.exists()
    assert machine.lock.read_text() == "", "not released"
    with machine.deploy(f"touch {ran}", "-y") as third:
        assert third.end() == 0, third.said


def test_lock_is_no_change(machine: Machine) -> None:
    with machine.deploy("true", "-y", "--json") as deploy:
        assert deploy.end() == 0, deploy.said
    (lock,) = (one for one in machine.results()["results"]["operations"] if one["name"] == "Lock")
    assert lock["no_change"] == ["@local"]


def test_plan_takes_nothing_and_is_not_refused(machine: Machine) -> None:
    gate = machine.gate()
    with machine.deploy(gate.command, "-y") as first:
        gate.begun()
        with machine.deploy("true", "--dry") as plan:
            assert plan.end() == 0, plan.said
        gate.end()
        assert first.end() == 0


def test_what_decides_is_read_again_after_the_question(machine: Machine) -> None:
    """Another deploy may have ended meanwhile."""
    made = machine.directory / "made"
    make = f"from pyinfra.operations import files; files.directory(name='Make', path={str(made)!r})"
    with machine.deploy("true", before=make, asks=True) as deploy:
        deploy.until("Press enter to execute")
        made.mkdir()
        assert deploy.process.stdin is not None
        deploy.process.stdin.write("\n")
        deploy.process.stdin.flush()
        assert deploy.end() == 0, deploy.said
    assert "Starting operation: Make \n    [@local] No changes" in deploy.said


def test_killed_deploys_host_is_taken_over_once_its_command_has_ended(machine: Machine) -> None:
    order = machine.directory / "order"
    gate = machine.gate()
    with machine.deploy(f"{gate.command}; echo first >>{order}", "-y") as first:
        gate.begun()
        until(bool, lambda: lease_has(machine, "alive"), 5)
        first.process.kill()
    with machine.deploy(f"echo second >>{order}", "-y") as second:
        second.until("waiting for a process of another envivo command: cat (pid ")
        gate.end()
        assert second.end() == 0, second.said
    assert "its process has ended" in second.said
    assert order.read_text().split() == ["first", "second"]


def lease_has(machine: Machine, words: str) -> bool:
    return words in machine.lock.read_text()


def test_command_of_a_killed_deploy_that_never_ends_is_not_waited_for_for_ever(machine: Machine) -> None:
    machine.configure(taking__WAIT_AT_MOST_S=1)
    gate = machine.gate()
    with machine.deploy(gate.command, "-y") as first:
        gate.begun()
        first.process.kill()
    with machine.deploy("true", "-y") as second:
        assert second.end() == 1
    gate.end()
    assert "a process of another envivo command still runs after 1 s, cat (pid " in second.said


def test_silent_deploy_is_waited_for_and_then_taken_over(machine: Machine) -> None:
    """From another machine: nobody can tell whether its process lives."""
    machine.configure(lease__SILENT_AFTER_S=-1, lease__STALE_AFTER_S=3600)
    other = lease.Lease("alice@laptop", "another machine", 12, "1", "10:02:31 UTC", "a" * 16)
    up = float(Path("/proc/uptime").read_text().split()[0])
    machine.lock.write_text(f"{other.text}\nalive {up}\n")
    with machine.deploy("true", "-y") as deploy:
        deploy.until("waiting to see whether the envivo command by alice@laptop (pid 12) still runs")
        machine.lock.write_text(f"{other.text}\nalive {up - 3600}\n")
        assert deploy.end() == 0, deploy.said
    assert (
        "taking over the lock of the host from the envivo command by alice@laptop (pid 12) since 10:02:31 UTC"
        in deploy.said
    )


def test_deploy_whose_host_was_taken_over_changes_nothing_more(machine: Machine) -> None:
    ran = machine.directory / "ran"
    gate = machine.gate()
    with machine.deploy(gate.command, "-y", more=f"touch {ran}") as first:
        gate.begun()
        machine.lock.write_text("another one\n")
        gate.end()
        assert first.end() == 1
    assert lock_messages.LOST in first.said
    assert not ran.exists()
    assert machine.lock.read_text() == "another one\n", "released what was not its own"


def test_deploy_that_fails_frees_the_host(machine: Machine) -> None:
    with machine.deploy("false", "-y") as deploy:
        assert deploy.end() == 1
    assert machine.lock.read_text() == ""


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["Ctrl-C", "TERM", "HUP"],
)
def test_stopped_deploy_says_so_frees_the_host_and_does_not_end_with_0(
    machine: Machine, number: signal.Signals, code: int
) -> None:
    gate = machine.gate()
    with machine.deploy(gate.command, "-y") as deploy:
        gate.begun()
        until(bool, lambda: lease_has(machine, "alive"), 5)
        deploy.process.send_signal(number)
        assert deploy.end() == code, deploy.said
        assert machine.lock.read_text() == ""
        gate.end()
    assert "interrupted: completed changes stay, and no file is half written: deploy again" in deploy.said
    assert "Traceback" not in deploy.said and "Exiting" not in deploy.said


def test_deploy_stopped_at_the_question_has_changed_nothing(machine: Machine) -> None:
    with machine.deploy("true", asks=True) as deploy:
        deploy.until("Press enter to execute")
        deploy.process.send_signal(signal.SIGINT)
        assert deploy.end() == 130
    assert "interrupted: nothing was changed" in deploy.said
    assert "Traceback" not in deploy.said


def test_deploy_stopped_while_it_looks_at_a_host_has_changed_nothing(machine: Machine) -> None:
    begun = machine.directory / "begun"
    program(machine, "uname", f"touch {begun}; exec sleep 20")
    with machine.deploy("true", "-y", before=LOOK) as deploy:
        assert until(bool, begun.exists, 20)
        deploy.process.send_signal(signal.SIGINT)
        assert deploy.end() == 130
    assert "interrupted: nothing was changed" in deploy.said


def test_deploy_stopped_while_it_connects_has_changed_nothing(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(patient(20))
        machine.reached_over_ssh({"one": silent.getsockname()[1]})
        with machine.deploy("true", "-y") as deploy:
            connection, _ = silent.accept()
            deploy.process.send_signal(signal.SIGINT)
            assert deploy.end() == 130
        connection.close()
    assert "interrupted: nothing was changed" in deploy.said, deploy.said
    assert "Traceback" not in deploy.said, deploy.said


def test_last_host_that_fails_by_a_look_of_an_operation_shows_no_traceback(machine: Machine) -> None:
    machine.configure(connection__COMMAND_WITHIN_S=WITHIN_S)
    program(machine, "uname", "exec sleep 20")
    look = """
from pyinfra.api import operation
from pyinfra.facts.server import Arch

@operation()
def look():
    host.get_fact(Arch)
    yield "true"

look(name="Look")
"""
    with machine.deploy("true", "-y", before=look) as deploy:
        assert deploy.end() == 1
    assert f'"Look" did not end within {WITHIN_S} s' in deploy.said
    assert "Traceback" not in deploy.said


def test_second_signal_ends_at_once(machine: Machine) -> None:
    gate = machine.gate()
    with machine.deploy(gate.command, "-y") as deploy:
        gate.begun()
        deploy.process.send_signal(signal.SIGINT)
        deploy.process.send_signal(signal.SIGINT)
        assert deploy.end() == 130
        gate.end()


def test_command_that_never_ends_is_named_and_ends_the_deploy(machine: Machine) -> None:
    machine.configure(connection__COMMAND_WITHIN_S=WITHIN_S, connection__SAY_EVERY_S=1)
    gate = machine.gate()
    with machine.deploy(gate.command, "-y") as deploy:
        assert deploy.end() == 1
    gate.end()
    assert re.search(r"still: Work, \d s", deploy.said), deploy.said
    assert f'"Work" did not end within {WITHIN_S} s, cat (pid ' in deploy.said
    assert "see ps -fp " in deploy.said


def test_what_is_waited_for_before_anything_is_executed_is_named_too(machine: Machine) -> None:
    machine.configure(connection__COMMAND_WITHIN_S=WITHIN_S, connection__SAY_EVERY_S=1)
    program(machine, "uname", "exec sleep 20")
    with machine.deploy("true", "-y", before=LOOK) as deploy:
        assert deploy.end() == 1
    assert re.search(r"still: Look at the host, \d s", deploy.said), deploy.said
    assert f'"Look at the host" did not end within {WITHIN_S} s' in deploy.said
