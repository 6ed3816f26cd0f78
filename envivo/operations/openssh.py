"""pyinfra's SSH hosts, reached through envivo/ssh in place of paramiko.

So a deploy and all other commands reach the same hosts, by the same configuration.
"""

import base64
from typing import IO, Any

from pyinfra import logger
from pyinfra.api import QuoteString, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.util import get_file_io
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command

from envivo.ssh.link import Link, UnreachableError
from envivo.ssh.script import for_any_shell

COMMAND_WITHIN_S = 300
"""Of a command without a bound of its own (`_timeout`): generous, the slowest take a minute and a half."""
TRANSFER_WITHIN_S = 3600
LENT: dict[str, str] = {}
"""Host -> socket of a connection that another process of the same command holds."""
COMPOSED = ("_env", "_chdir", "_shell_executable", "_su_user", "_use_su_login", "_su_shell", "_preserve_su_env",
            "_doas", "_doas_user", "_dzdo", "_dzdo_user")  # fmt: skip
"""Arguments of an operation that become part of its command line."""


def install() -> None:
    """For all hosts of this process, before it connects to any."""
    for name in ("connect", "disconnect", "run_shell_command", "put_file", "get_file"):
        setattr(SSHConnector, name, globals()[name])


def link_of(connector: Any) -> Link | None:
    """The connection of a host that is reached over SSH."""
    link = getattr(connector, "link", None)
    return link if isinstance(link, Link) else None


def connect(self: Any) -> None:
    data = {**self.host.data.dict(), **{key: value for key, value in dict(self.data).items() if value is not None}}
    self.link = Link(self.host.name, data, int(self.state.config.CONNECT_TIMEOUT))
    if socket := LENT.get(self.host.name):
        self.link.borrow(socket)
    try:
        self.link.open()
    except UnreachableError as error:
        self.link.close()
        raise ConnectError(f"{error.what}: {error.fix}") from None


def disconnect(self: Any) -> None:
    if link := link_of(self):
        link.close()


def run_shell_command(self: Any, command: StringCommand, **arguments: Any) -> tuple[bool, CommandOutput]:
    """As pyinfra's, but for printing, which is the caller's (connection.py). Raises UnreachableError, TimeoutError."""
    given = {key: value for key, value in arguments.items() if key in COMPOSED}
    text = make_unix_command(command, **given).get_raw_value()
    within_s = arguments.get("_timeout") or COMMAND_WITHIN_S
    stdin = "".join(f"{line}\n" for line in stdin_lines(arguments.get("_stdin"))).encode()
    done = _link(self).run(for_any_shell(text), within_s, stdin or None)
    lines = [OutputLine("stdout", line) for line in lines_of(done.out)]
    lines += [OutputLine("stderr", line) for line in lines_of(done.err)]
    return done.code in (arguments.get("_success_exit_codes") or [0]), CommandOutput(lines)


def put_file(
    self: Any, filename_or_io: str | IO[Any], remote_filename: str, remote_temp_filename: str | None = None,
    print_output: bool = False, print_input: bool = False, **arguments: Any,
) -> bool:  # fmt: skip
    """As pyinfra's, but without a copy in a shared directory: content travels on standard input."""
    with get_file_io(filename_or_io) as file:
        content = file.read()
    text = base64.encodebytes(content.encode() if isinstance(content, str) else content).decode()
    command = StringCommand("base64", "-d", ">", QuoteString(remote_filename))
    done, output = self.run_shell_command(command, **{**arguments, "_stdin": text, "_timeout": TRANSFER_WITHIN_S})
    if not done:
        self.host.log(f"{remote_filename} could not be written ({output.stderr})", logger.error)
    return bool(done)


def get_file(
    self: Any, remote_filename: str, filename_or_io: str | IO[Any], remote_temp_filename: str | None = None,
    print_output: bool = False, print_input: bool = False, **arguments: Any,
) -> bool:  # fmt: skip
    """As pyinfra's."""
    command = StringCommand("base64", QuoteString(remote_filename))
    done, output = self.run_shell_command(command, **{**arguments, "_timeout": TRANSFER_WITHIN_S})
    if not done:
        self.host.log(f"{remote_filename} could not be read ({output.stderr})", logger.error)
        return False
    with get_file_io(filename_or_io, "wb") as file:
        file.write(base64.b64decode(output.stdout))
    return True


def stdin_lines(given: Any) -> list[str]:
    """Standard input as pyinfra takes it: a text, a list of lines, or a file."""
    if given is None:
        return []
    lines = given.readlines() if hasattr(given, "readlines") else given
    lines = list(lines) if isinstance(lines, list | tuple) else [lines]
    return [line.decode() if isinstance(line, bytes) else str(line).removesuffix("\n") for line in lines]


def lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _link(connector: Any) -> Link:
    link = link_of(connector)
    assert link is not None  # noqa: S101 - it is connected
    return link
