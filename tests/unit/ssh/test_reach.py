"""What reaches a host by deploy reaches it by every command, and the other way round: real servers."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from envivo.inventory import Host
from envivo.remote import RemoteShell, UnreachableError
from envivo.ssh import link
from tests.patience import patient
from tests.unit.operations.test_connection import SERVER
from tests.unit.ssh.server import Server, make_key, sshd

Data = Mapping[str, Any]
SECRET = "canary pass'word"


@contextmanager
def password_server(directory: Path) -> Iterator[int]:
    """One that takes the password `test`."""
    environ = {**os.environ, "HOST": "x"}
    with subprocess.Popen([sys.executable, SERVER], stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def agent(directory: Path, key: Path) -> Iterator[str]:
    place = str(directory / "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", place], stdout=subprocess.DEVNULL) as process:
        try:
            asks = {**os.environ, "SSH_AUTH_SOCK": place}
            # its socket is there before it listens; 2: no agent answers (ssh-add(1))
            while subprocess.run(["ssh-add", "-l"], capture_output=True, env=asks, check=False).returncode == 2:
                assert process.poll() is None
            subprocess.run(["ssh-add", "-q", key], check=True, env=asks)
            yield place
        finally:
            process.terminate()


def ways(server: Server, home: Path, password_port: int) -> dict[str, Data]:
    """Name -> host data that reach the server (the other one with a password). Writes what they need below home."""
    key = str(server.key)
    locked = make_key(home / "locked", SECRET)
    with (server.directory / "authorized").open("a") as authorized:
        authorized.write(Path(f"{locked}.pub").read_text())
    files = {
        "hop": server.entry("hop*"),
        "name": server.entry("by-name"),
        "jump": server.entry("by-jump", "ProxyJump hop1") + server.entry("hop*"),
        "jumps": server.entry("by-jumps", "ProxyJump hop1,hop2,hop3") + server.entry("hop*"),
        "command": server.entry("by-command", "ProxyCommand ssh -F ~/hop -W %h:%p hop"),
        "retry": server.entry("by-retry", "ProxyCommand sh ~/retry.sh"),
        "retry.sh": f"test -e ~/tried && exec ssh -F ~/hop -W 127.0.0.1:{server.port} hop\ntouch ~/tried\nexit 1\n",
        "include": "Include ~/.ssh/more.d/*.conf\n" + server.entry("other"),
        "match": f'Match host by-match exec "test -e ~/.ssh/more.d"\n    HostName 127.0.0.1\n    Port {server.port}\n'
        f"    IdentityFile ~/.ssh/id_ed25519\n    UserKnownHostsFile {server.directory}/known_hosts\n",
        "session": server.entry("by-session", "RemoteCommand echo no", "RequestTTY force", "LocalForward 1 x:1",
                                "ForwardX11 yes", "LogLevel DEBUG3", "ControlMaster auto", "ControlPath ~/%C"),
        "agent.config": server.entry("by-agent").replace(f"IdentityFile {key}", "IdentityAgent ~/agent"),
    }  # fmt: skip
    for name, text in files.items():
        (home / name).write_text(text)
    more = home / ".ssh" / "more.d"
    more.mkdir(parents=True)
    (more / "deeper.conf").write_text(server.entry("by-include"))
    (home / ".ssh" / "config").write_text(
        "\n".join(["Include more.d/*", server.entry("by-home").replace(key, "~/.ssh/id_other")])
    )
    for name in ("id_ed25519", "id_other"):
        (home / ".ssh" / name).write_bytes(server.key.read_bytes())
        (home / ".ssh" / name).chmod(0o600)
    here = {"ssh_hostname": "127.0.0.1", "ssh_port": server.port}
    known = {"ssh_known_hosts_file": str(server.directory / "known_hosts")}
    (home / "known").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    return {
        "ssh_hostname, ssh_port, ssh_key": server.data(),
        "ssh_user": server.data(ssh_user=os.environ.get("USER") or "root"),
        "ssh_key of ~": {**here, **known, "ssh_key": "~/.ssh/id_other"},
        "ssh_key_password": {**here, **known, "ssh_key": str(locked), "ssh_key_password": SECRET},
        "ssh_password": {"ssh_hostname": "127.0.0.1", "ssh_port": password_port, "ssh_user": "test",
                         "ssh_password": "test", **known},
        "ssh_known_hosts_file, ssh_strict_host_key_checking": {
            **here, "ssh_key": key, "ssh_known_hosts_file": "~/known", "ssh_strict_host_key_checking": "yes"},
        "ssh_forward_agent": server.data(ssh_forward_agent=True),
        "by-retry": {"ssh_config_file": "~/retry", "ssh_connect_retries": 1, "ssh_connect_retry_min_delay": 0.01,
                     "ssh_connect_retry_max_delay": 0.02},
        "keys of the home directory": here,
        "by-name": {"ssh_config_file": "~/name"},
        "by-jump": {"ssh_config_file": "~/jump"},
        "by-jumps": {"ssh_config_file": "~/jumps"},
        "by-command": {"ssh_config_file": "~/command"},
        "by-match": {"ssh_config_file": "~/match"},
        "by-session": {"ssh_config_file": "~/session"},
        "by-agent": {"ssh_config_file": "~/agent.config", "ssh_look_for_keys": False},
        "by-include": {},
        "@ssh/by-include": {"ssh_hostname": "by-include"},
        "by-home": {},
    }  # fmt: skip


CONFIG = "from envivo.operations import interruption, openssh\ninterruption.heed()\nopenssh.install()\n"
DEPLOY = """
from pyinfra import host
from pyinfra.operations import server
from envivo.operations.connection import connection_of

connection_of(host)
server.shell(name="Work", commands=["echo here"])
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory that is not the account's, with the key in an agent and nothing of this machine's."""
    home = tmp_path / "home dir"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return home


def test_every_way_is_one_for_deploys_and_for_checks(tmp_path: Path, elsewhere: Path) -> None:
    home = elsewhere
    with sshd(tmp_path) as server, password_server(tmp_path) as port:
        found = ways(server, home, port)
        with agent(home, server.key):
            names = {name.replace(" ", "-").replace(",", ""): data for name, data in found.items()}
            (tmp_path / "config.py").write_text(CONFIG)
            (tmp_path / "deploy.py").write_text(DEPLOY)
            (tmp_path / "inventory.py").write_text(f"hosts = {list(names.items())!r}\n")
            deploy = subprocess.run(
                [sys.executable, "-m", "pyinfra", "inventory.py", "deploy.py", "-y"],
                cwd=tmp_path, capture_output=True, text=True, check=False, timeout=patient(90),
            )  # fmt: skip
            checks = {name: reached(name, data) for name, data in names.items()}
    assert checks == dict.fromkeys(names, "here")
    said = " ".join(deploy.stderr.split())
    missed = [name for name in names if f"[{name}] Success" not in said]
    assert (deploy.returncode, missed) == (0, []), deploy.stderr
    assert SECRET not in deploy.stderr


def reached(name: str, data: Data) -> str:
    shell = RemoteShell(Host(name, (), data))
    try:
        return shell.run("echo here").out.strip()
    except UnreachableError as error:
        return str(error)
    finally:
        shell.close()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"ssh_key": "~/.ssh/other"}, "(root@127.0.0.1: Permission denied (publickey"),
        ({"ssh_key": None, "ssh_look_for_keys": False}, "(root@127.0.0.1: Permission denied (publickey"),
        ({"ssh_key": "~/.ssh/locked"}, "its key has a passphrase: ssh-add ~/.ssh/locked, or set ssh_key_password"),
        ({"ssh_key": "~/.ssh/locked", "ssh_key_password": "wrong"}, "Permission denied"),
        ({"ssh_key": "~/.ssh/open"}, "are too open"),
        ({"ssh_key": "~/.ssh/broken"}, "Load key "),
        ({"ssh_known_hosts_file": "~/none", "ssh_strict_host_key_checking": "yes"}, "(Host key verification failed.)"),
        ({"ssh_known_hosts_file": "~/wrong"}, "its host key has changed"),
        ({"ssh_port": 1}, "Connection refused"),
        ({"ssh_hostname": "no-such-name.invalid"}, "Could not resolve hostname no-such-name.invalid"),
        ({"ssh_config_file": "~/bad"}, "/bad: line 1: Bad configuration option: portt"),
        ({"ssh_config_file": "~/jump"}, "(ssh: connect to host 127.0.0.2 port 1: Connection refused)"),
    ],
)  # fmt: skip
def test_host_that_is_not_reached_says_why_and_what_to_do(
    server: Server, elsewhere: Path, more: Data, why: str
) -> None:
    ssh = elsewhere / ".ssh"
    for name, passphrase in (("other", ""), ("locked", SECRET)):
        make_key(ssh / name, passphrase)
    (ssh / "open").write_bytes(server.key.read_bytes())
    (ssh / "open").chmod(0o644)
    (ssh / "broken").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    (ssh / "broken").chmod(0o600)
    (elsewhere / "wrong").write_text(f"[127.0.0.1]:{server.port} {(ssh / 'other.pub').read_text()}")
    (elsewhere / "bad").write_text("Portt 1\n")
    (elsewhere / "jump").write_text("Host 127.0.0.1\n    ProxyJump 127.0.0.2:1\n")

    said = reached("attic", {**server.data(), "ssh_user": "root", **more})

    assert said.startswith("attic: cannot be reached over SSH ("), said
    assert why in said and SECRET not in said, said


def test_host_that_was_set_up_anew_is_reached_after_what_the_error_says(server: Server, elsewhere: Path) -> None:
    former = make_key(elsewhere / "former", "")
    known = elsewhere / "known hosts"
    known.write_text(f"[127.0.0.1]:{server.port} {Path(f'{former}.pub').read_text()}")
    data = server.data(ssh_known_hosts_file=str(known))

    said = reached("attic", data)

    assert ": if the host was reinstalled, remove its old key: ssh-keygen -f " in said, said
    subprocess.run(said.rpartition("key: ")[2], shell=True, check=True, capture_output=True)  # noqa: S602
    assert reached("attic", data) == "here"


def test_host_key_that_is_not_known_is_accepted_by_what_the_error_says(server: Server, elsewhere: Path) -> None:
    said = reached("attic", server.data(ssh_strict_host_key_checking="yes"))
    assert "accept its host key: ssh -o StrictHostKeyChecking=ask -F " in said, said


def test_key_with_a_passphrase_that_no_agent_has_is_named_wherever_it_is_tried(
    server: Server, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key(elsewhere / ".ssh" / "id_ed25519", SECRET)
    (server.directory / "authorized").write_text(Path(f"{key}.pub").read_text())
    data = server.data(ssh_key=None)

    assert f"its key has a passphrase: ssh-add '{key}', or set ssh_key_password" in reached("attic", data)
    assert reached("attic", {**data, "ssh_key_password": SECRET}) == "here"
    with monkeypatch.context() as typed:  # into another process of the same command
        typed.setattr(link, "_typed", {})
        link.remember_passphrases({str(key): SECRET})
        assert (reached("attic", data), link.passphrases()) == ("here", {str(key): SECRET})
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    askpass = elsewhere / "askpass"
    askpass.write_text(f"#!/bin/sh\nprintf '%s\\n' \"{SECRET}\"\n")
    askpass.chmod(0o700)
    monkeypatch.setenv("SSH_ASKPASS", str(askpass))
    with agent(server.directory, key) as place:
        monkeypatch.setenv("SSH_AUTH_SOCK", place)
        assert reached("attic", data) == "here"
        (server.directory / "authorized").write_text("")  # its key is not what is wrong
        assert "its key has" not in reached("attic", data)


def test_host_that_wants_a_password_says_how_to_do_without(tmp_path: Path, elsewhere: Path) -> None:
    with password_server(tmp_path) as port:
        data = {"ssh_hostname": "127.0.0.1", "ssh_port": port, "ssh_user": "test", "ssh_config_file": "/dev/null"}
        without, wrong = reached("attic", data), reached("attic", {**data, "ssh_password": "wrong"})
    assert without.endswith("works without a password, as after ssh-copy-id, or set ssh_password"), without
    assert "fix ssh_password, or make sure `ssh " in wrong, wrong


def test_configuration_that_includes_itself_is_refused_by_ssh_itself(server: Server, elsewhere: Path) -> None:
    """However often: not after each way through it was followed."""
    (elsewhere / ".ssh" / "config").write_text(server.entry("by-home") + "Include ~/.ssh/*\nInclude config\n" * 3)
    assert "(Too many recursive configuration includes)" in reached("by-home", {})


def test_long_name_of_the_directory_for_temporary_files_is_no_hindrance(
    server: Server, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = elsewhere / ("t" * 90)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert reached("attic", server.data()) == "here"


def test_agent_is_left_alone_where_the_inventory_says_so(server: Server, elsewhere: Path) -> None:
    (elsewhere / "config").write_text(f"IdentityAgent {server.directory}/agent\nIdentityFile none\n")
    data = {**server.data(), "ssh_key": None, "ssh_config_file": "~/config", "ssh_look_for_keys": False}
    with agent(server.directory, server.key):
        assert reached("attic", data) == "here"
        assert "Permission denied" in reached("attic", {**data, "ssh_allow_agent": False})
