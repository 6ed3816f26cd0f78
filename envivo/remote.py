"""Commands on hosts, through testinfra."""

import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from envivo.core.errors import EnvivoError
from envivo.inventory import LOCAL, Host

CONNECT_WITHIN_S = 8


class CommandResult(NamedTuple):
    """Exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str


class UnreachableError(EnvivoError):
    """No command can be run on the host."""


class MissingProgramError(EnvivoError):
    """The host lacks a program that the command needs, so its output is not an answer."""


class RemoteShell:
    """Shell commands on a host. Thread-safe: each command is a process of its own over one SSH connection."""

    def __init__(self, host: Host, control_path: Path) -> None:
        self._host = host
        self._control_path = control_path
        self._backend: Any = None

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        """Runs a shell command; code 124 when it took longer. Raises UnreachableError, MissingProgramError."""
        if self._backend is None:
            self._backend = _testinfra_host(self._host, self._control_path)
        try:
            done = self._backend.run(f"timeout {within_s} sh -c {shlex.quote(command)}")
        except RuntimeError as error:  # testinfra's error for ssh's own exit code, 255
            lines = str(getattr(error.args[0], "stderr", error)).strip().splitlines() or ["no connection"]
            user = self._host.data.get("ssh_user")
            login = f"{user}@{self._host.address}" if user else self._host.address
            raise UnreachableError(
                self._host.name, f"cannot be reached over SSH ({lines[-1].strip()})", f"make sure `ssh {login}` works"
            ) from None
        if missing := missing_program(done.rc, done.stderr):
            raise MissingProgramError(
                self._host.name, f"{missing} is not installed", "deploy again; if the problem persists, install it"
            )
        return CommandResult(done.rc, done.stdout, done.stderr)


def missing_program(code: int, err: str) -> str:
    """Name of the program that the shell did not find (POSIX, Shell Command Language, 2.8.2); empty: none."""
    match = re.search(r"(\S+): (?:command )?not found$", err.strip()) if code == 127 else None
    return match[1] if match else ""


def _testinfra_host(host: Host, control_path: Path) -> Any:
    import testinfra  # here, so that reading an inventory does not wait for it

    sudo = bool(host.data.get("_sudo"))
    if host.name == LOCAL:
        return testinfra.get_host("local://", sudo=sudo)
    return testinfra.get_host(
        destination(host),
        sudo=sudo,
        timeout=CONNECT_WITHIN_S,
        ssh_identity_file=host.data.get("ssh_key"),
        ssh_config=host.data.get("ssh_config_file"),
        ssh_extra_args=shlex.join(ssh_options(host)),
        controlpath=str(control_path),
    )


def destination(host: Host) -> str:
    """testinfra's name for an SSH host. Raises EnvivoError (exit code 2) for pyinfra's other connectors."""
    if host.name.startswith("@"):
        raise EnvivoError(
            host.name, "is not reached over SSH", f"only {LOCAL} and SSH hosts can be verified", exit_code=2
        )
    user, port = host.data.get("ssh_user"), host.data.get("ssh_port")
    return f"ssh://{f'{user}@' if user else ''}{host.address}{f':{port}' if port else ''}"


def ssh_options(host: Host) -> list[str]:
    """Options of ssh for the inventory's keys and known hosts, as pyinfra applies them."""
    options = ["BatchMode=yes", "LogLevel=ERROR"]
    if host.data.get("ssh_key"):
        options.append("IdentitiesOnly=yes")
    if known_hosts := host.data.get("ssh_known_hosts_file"):
        options.append(f'UserKnownHostsFile="{known_hosts}"')
    options.append(f"StrictHostKeyChecking={host.data.get('ssh_strict_host_key_checking') or 'accept-new'}")
    return [word for option in options for word in ("-o", option)]


@contextmanager
def remote_shells(hosts: Sequence[Host]) -> Iterator[dict[str, RemoteShell]]:
    """A shell for each host, by name. Connections are opened at first use and closed at the end."""
    with TemporaryDirectory(prefix="envivo-") as directory:
        # literal names: testinfra formats the command with %, so OpenSSH's own %C cannot be used
        sockets = {host.name: Path(directory, str(number)) for number, host in enumerate(hosts)}
        try:
            yield {host.name: RemoteShell(host, sockets[host.name]) for host in hosts}
        finally:
            for socket in sockets.values():
                if socket.exists():
                    subprocess.run(
                        ["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "host"],
                        capture_output=True,
                        check=False,
                    )
