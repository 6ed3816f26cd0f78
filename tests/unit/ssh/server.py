"""A real sshd on loopback, for this user, with a login shell of the test's own."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.patience import until
from tests.unit.ports import free_ports

_SSHD = "/usr/sbin/sshd"  # it wants its full name


@dataclass(frozen=True)
class Server:
    """`login`: what sshd runs in place of the login shell, with the command in SSH_ORIGINAL_COMMAND."""

    directory: Path
    port: int
    login: Path

    @property
    def key(self) -> Path:
        return self.directory / "key"

    @property
    def host_key(self) -> str:
        return (self.directory / "host_key.pub").read_text().strip()

    def data(self, **more: Any) -> dict[str, Any]:
        """Host data that reach it."""
        return {
            "ssh_hostname": "127.0.0.1", "ssh_port": self.port, "ssh_key": str(self.key),
            "ssh_known_hosts_file": str(self.directory / "known_hosts"), "ssh_config_file": "/dev/null", **more,
        }  # fmt: skip

    def entry(self, name: str, *more: str) -> str:
        """A block of an SSH configuration that reaches it."""
        lines = [
            f"Host {name}", "HostName 127.0.0.1", f"Port {self.port}", f"IdentityFile {self.key}",
            f"UserKnownHostsFile {self.directory}/known_hosts", *more,
        ]  # fmt: skip
        return "\n    ".join(lines) + "\n"

    def logs_in_with(self, script: str) -> None:
        self.login.write_text(f"#!/bin/sh\n{script}\n")
        self.login.chmod(0o755)

    def shell(self, program: str, home: Path, **environ: str) -> None:
        """The login shell, as sshd starts it: with start-up files below `home`."""
        clean = {"HOME": str(home), "PATH": os.environ["PATH"], "SSH_CLIENT": "127.0.0.1 1 22", **environ}
        words = " ".join(f"{key}={shlex.quote(value)}" for key, value in clean.items())
        self.logs_in_with(f'exec env -i {words} {program} -c "$SSH_ORIGINAL_COMMAND"')


def make_key(file: Path, passphrase: str = "") -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", file], check=True)
    return file


@contextmanager
def sshd(directory: Path) -> Iterator[Server]:
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    make_key(directory / "key")
    make_key(directory / "host_key")
    (port,) = free_ports(1)
    server = Server(directory, port, directory / "login")
    server.logs_in_with('exec sh -c "$SSH_ORIGINAL_COMMAND"')
    config = {
        "ListenAddress": "127.0.0.1", "Port": port, "HostKey": directory / "host_key", "StrictModes": "no",
        "AuthorizedKeysFile": directory / "authorized", "UsePAM": "no", "PidFile": "none", "PermitRootLogin": "yes",
        "ForceCommand": server.login, "MaxStartups": 100, "MaxSessions": 3,
        # bash, which starts it where it is this user's shell, takes itself for one within another: no ~/.bashrc is read
        "SetEnv": "SHLVL=2",
        "KexAlgorithms": "curve25519-sha256",  # the newer ones cost a client 50 ms of CPU
    }  # fmt: skip
    (directory / "authorized").write_text((directory / "key.pub").read_text())
    (directory / "sshd_config").write_text("\n".join(f"{key} {value}" for key, value in config.items()) + "\n")
    with (
        (directory / "sshd.log").open("w") as log,
        subprocess.Popen([_SSHD, "-D", "-e", "-f", directory / "sshd_config"], stderr=log) as process,
    ):
        try:
            assert until(bool, lambda: "listening on" in (directory / "sshd.log").read_text(), 20, 0.02)
            yield server
        finally:
            process.terminate()
