"""Connections that end in the middle of a deploy: real pyinfra, over SSH to servers on loopback."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest

from envivo.operations import lease
from envivo.operations.connection import over
from tests.unit.operations.deploys import Machine

SERVER = Path(__file__).with_name("ssh_server.py")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A controller whose hosts are this machine, each with a lock of its own."""
    machine = Machine(tmp_path)
    machine.lock = Path("$LOCK_OF_HOST")
    machine.configure()
    return machine


@contextmanager
def ssh_server(machine: Machine, name: str) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    environ = {**machine.environ, "HOST": name, "LOCK_OF_HOST": str(machine.directory / f"lock-{name}")}
    with subprocess.Popen([sys.executable, SERVER], stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


def at(host: str, command: str) -> str:
    """The command on one host alone."""
    return f"[ $HOST != {host} ] || {{ {command}; }}"


def test_lost_connection_is_told_in_words_and_other_hosts_go_on(machine: Machine) -> None:
    done = machine.directory / "done"
    gate = machine.gate()
    with ssh_server(machine, "one") as (one, server), ssh_server(machine, "two") as (two, _):
        machine.reached_over_ssh({"one": one, "two": two})
        with machine.deploy(at("one", gate.command), "-y", "--json", more=f"echo $HOST >>{done}") as deploy:
            deploy.until("[two] Success")
            gate.begun()
            server.kill()
            assert deploy.end() == 1
        gate.end()
    assert '[one] the connection was lost during "Work", or there was no answer for 20 s: see whether' in deploy.said
    assert done.read_text() == "two\n"
    assert machine.results()["results"]["failed_hosts"] == ["one"]
    assert (machine.directory / "lock-two").read_text() == ""


def test_host_that_another_deploy_has_is_refused_alone(machine: Machine) -> None:
    done = machine.directory / "done"
    gate = machine.gate()
    with ssh_server(machine, "one") as (one, _), ssh_server(machine, "two") as (two, _):
        machine.reached_over_ssh({"one": one})
        with machine.deploy(gate.command, "-y") as first:
            gate.begun()
            machine.reached_over_ssh({"one": one, "two": two})
            with machine.deploy(f"echo $HOST >>{done}", "-y") as second:
                assert second.end() == 1
            gate.end()
            assert first.end() == 0, first.said
    mine = f"{lease.ours().owner} (pid {first.process.pid})"
    assert f"[one] another envivo command by {mine} has held the lock of this host since " in second.said, second.said
    assert done.read_text() == "two\n"


def test_connection_that_is_lost_between_operations_is_told_by_the_next(machine: Machine) -> None:
    gate = machine.gate()
    with ssh_server(machine, "one") as (one, server), ssh_server(machine, "two") as (two, _):
        machine.reached_over_ssh({"one": one, "two": two})
        with machine.deploy(at("two", gate.command), "-y") as deploy:
            deploy.until("[one] Success")
            server.kill()
            gate.end()
            assert deploy.end() == 1
    assert '[one] the connection was lost during "More work"' in deploy.said
    assert deploy.said.count("[two] Success") == 2


def test_server_that_does_not_answer_is_named_and_does_not_hold_the_end_up(machine: Machine) -> None:
    """Its kernel acknowledges, so that the connection stays."""
    machine.configure(connection__COMMAND_WITHIN_S=3, connection___LOOK_WITHIN_S=1)
    gate = machine.gate()
    with ssh_server(machine, "one") as (one, server):
        machine.reached_over_ssh({"one": one})
        with machine.deploy(gate.command, "-y") as deploy:
            gate.begun()
            server.send_signal(signal.SIGSTOP)
            assert deploy.end() == 1
        server.send_signal(signal.SIGCONT)
        gate.end()
    assert '[one] "Work" did not end within 3 s: see what hangs on the host (ps faux), then deploy again' in deploy.said


def test_deploy_to_a_host_that_does_not_answer_is_stopped_within_seconds(machine: Machine) -> None:
    gate = machine.gate()
    with ssh_server(machine, "one") as (one, server):
        machine.reached_over_ssh({"one": one})
        with machine.deploy(gate.command, "-y") as deploy:
            gate.begun()
            server.send_signal(signal.SIGSTOP)
            deploy.process.send_signal(signal.SIGINT)
            assert deploy.end() == 130
        server.send_signal(signal.SIGCONT)
        gate.end()


def test_host_behind_a_gateway_is_deployed_to(machine: Machine) -> None:
    with ssh_server(machine, "gateway") as (gateway, _), ssh_server(machine, "one") as (one, _):
        key = machine.directory / "key"
        paramiko.ECDSAKey.generate().write_private_key_file(str(key))
        hop = f"IdentityFile {key}\n StrictHostKeyChecking accept-new\n UserKnownHostsFile {key}.known\n"
        (machine.directory / "key.known").touch()
        machine.reached_over_ssh(
            {"one": one}, f"Host 127.0.0.1\n ProxyJump test@localhost:{gateway}\nHost localhost\n {hop}"
        )
        with machine.deploy("true", "-y") as deploy:
            assert deploy.end() == 0, deploy.said


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ((), "see what hangs on the host (ps faux), then deploy again"),
        (("holder 7 sh", "holder 812 docker"), "docker (pid 812) still runs: see ps -fp 812 and journalctl -n 50"),
    ],
)
def test_words_name_what_still_runs(there: tuple[str, ...], said: str) -> None:
    assert said in over('"Run the containers"', 300, there)
