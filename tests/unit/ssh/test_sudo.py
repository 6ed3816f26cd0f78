"""Commands as root where sudo wants a password: a real sshd, and a sudo that does as the real one on its streams."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from envivo.inventory import Host
from envivo.remote import RemoteShell, UnreachableError
from tests import forked
from tests.patience import patient
from tests.unit.ssh.server import Server
from tests.unit.ssh.test_reach import CONFIG

PASSWORD = "canary-sudo pass'word"
SUDO = f"""
how= keep=
while :; do case $1 in
-H) ;; -k) keep=no ;; -n) how=n ;; -S) how=S ;; -p) shift ;; *) break ;;
esac; shift; done
[ -e {{free}} ] && exec "$@"
case $how in
n) echo 'sudo: a password is required' >&2; exit 1 ;;
S) [ "$keep" = no ] || exit 9
IFS= read -r typed
[ "$typed" = "{PASSWORD}" ] && exec "$@"
echo 'Sorry, try again.' >&2; cat >/dev/null
echo 'sudo: 1 incorrect password attempt' >&2; exit 1 ;;
esac
"""


@pytest.fixture
def free(server: Server, tmp_path: Path) -> Path:
    """A file with which sudo asks for nothing."""
    programs, home = tmp_path / "programs", tmp_path / "home"
    programs.mkdir()
    home.mkdir()
    (home / ".bashrc").write_text("echo Welcome\n")
    (programs / "sudo").write_text("#!/bin/sh" + SUDO.format(free=tmp_path / "free"))
    (programs / "sudo").chmod(0o755)
    server.shell("bash", home, PATH=f"{programs}:{os.environ['PATH']}")
    return tmp_path / "free"


def answer(server: Server, **more: Any) -> str:
    shell = RemoteShell(Host("attic", (), server.data(_sudo=True, **more)))
    try:
        return shell.run("cat; ps -eo args | grep -c '[c]anary-sudo'").out
    except UnreachableError as error:
        return str(error)
    finally:
        shell.close()


def test_password_of_the_inventory_reaches_sudo_and_nothing_else(server: Server, free: Path) -> None:
    assert answer(server, _sudo_password=PASSWORD) == "0\n"
    free.touch()  # sudo does not read it: it must not become the command's input
    assert answer(server, _sudo_password=PASSWORD) == answer(server) == "0\n"


def test_password_that_is_missing_or_wrong_is_told(server: Server, free: Path) -> None:
    assert answer(server) == (
        "attic: sudo needs a password, which envivo cannot ask you for without a terminal: "
        "let the user sudo without a password (NOPASSWD), or set _sudo_password in the inventory"
    )
    assert answer(server, _sudo_password="wrong") == (
        "attic: sudo refuses the password: fix _sudo_password in the inventory"
    )


DEPLOY = """
from pyinfra import host
from pyinfra.api import StringCommand, operation
from pyinfra.facts.server import Arch
from envivo.operations.connection import connection_of

connection_of(host)
assert host.get_fact(Arch), "no architecture"

@operation(is_idempotent=False)
def work():
    yield StringCommand("cat >", {out!r}, _stdin=["first line", "second"])

work(name="Work")
"""


def deploy(server: Server, directory: Path, *more: str, **data: Any) -> "subprocess.CompletedProcess[str]":
    (directory / "config.py").write_text(CONFIG)
    (directory / "deploy.py").write_text(DEPLOY.format(out=str(directory / "out")))
    (directory / "inventory.py").write_text(f"hosts = {[('attic', server.data(**{'_sudo': True, **data}))]!r}\n")
    return forked.ran(["inventory.py", "deploy.py", "-y", *more], directory, os.environ, patient(60))


def test_deploy_has_the_password_too_and_content_stays_what_it_is(server: Server, free: Path, tmp_path: Path) -> None:
    done = deploy(server, tmp_path, "-vvv", "--diff", _sudo_password=PASSWORD)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_text() == "first line\nsecond\n"
    assert PASSWORD not in done.stdout + done.stderr


def test_deploy_without_a_terminal_says_what_to_do_in_one_line(server: Server, free: Path, tmp_path: Path) -> None:
    done = deploy(server, tmp_path)

    assert done.returncode == 1
    assert (
        "[attic] sudo needs a password, which envivo cannot ask you for without a terminal: let the user sudo"
        in " ".join(done.stderr.split())
    )
    assert "Traceback" not in done.stderr and "EOFError" not in done.stderr, done.stderr


ASK = """
import sys
from envivo.inventory import Host
from envivo.remote import RemoteShell
shell = RemoteShell(Host("attic", (), {data!r}))
print([shell.run("echo here").out for _ in range(2)])
shell.close()
"""


def test_person_at_a_terminal_is_asked_once(server: Server, free: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", ASK.format(data=server.data(_sudo=True))]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True) as asks:
        said = b""
        while b"sudo password: " not in said:
            said += os.read(ours, 1000)
        os.write(ours, b"wrong\n")
        said = b""
        while b"sudo password: " not in said:
            said += os.read(ours, 1000)
        os.write(ours, f"{PASSWORD}\n".encode())
        out, _ = asks.communicate(timeout=patient(30))
    os.close(ours)
    os.close(theirs)
    assert out == b"['here\\n', 'here\\n']\n"


@pytest.mark.parametrize("start_up", ["read answer", "cat >/dev/null"])
def test_content_does_not_arrive_in_part_where_a_start_up_file_reads_it(
    server: Server, free: Path, tmp_path: Path, start_up: str
) -> None:
    (tmp_path / "home" / ".bashrc").write_text(f"{start_up}\n")

    done = deploy(server, tmp_path, _sudo=False)

    assert done.returncode == 1 and not (tmp_path / "out").exists()
    assert "did not run the command (its start-up files read standard input)" in " ".join(done.stderr.split())
