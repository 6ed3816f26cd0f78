"""pyinfra's connection to a host, with a bound for every wait, progress while it waits, and errors in words.

pyinfra itself waits for ever, and reports any failure as "executed 0 commands".
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import gevent
from pyinfra import logger
from pyinfra.api import Host, StringCommand
from pyinfra.api.arguments import CONNECTOR_ARGUMENT_KEYS
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.output import echo, format_text
from pyinfra.connectors.local import LocalConnector
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command

from envivo.operations import lease
from envivo.operations.openssh import COMMAND_WITHIN_S, COMPOSED, TRANSFER_WITHIN_S, lines_of, link_of, stdin_lines
from envivo.operations.taking import SAY_EVERY_S
from envivo.ssh import privileges
from envivo.ssh.config import NO_ANSWER_S
from envivo.ssh.link import Done, UnreachableError

_END_WITHIN_S = 3
"""Of what is still to be done on a host when the deploy ends."""
_FAILURE_LINES = 5
_LOOK_WITHIN_S = 10
_SETTLE_S = 0.3

Answer = tuple[bool, CommandOutput]


class Connection:
    """A host's connector, wrapped. `lease`: this deploy's claim, once the host was taken."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._run: Callable[..., Answer] = host.connector.run_shell_command
        self._put: Callable[..., bool] = host.connector.put_file
        self._disconnect: Callable[[], None] = host.connector.disconnect
        self._operation: str | None = None
        self._began = self._said = time.monotonic()
        self._ending = False
        self.lease: lease.Lease | None = None
        self.how: dict[str, Any] = {}
        """Global arguments with which the host was taken, as `plain` takes them."""
        self.by_sudo = False
        """Whether it took sudo to take the host."""
        self.refusal: UnreachableError | None = None
        """Why the last command of `plain` did not run, where that is known."""
        self.failure = ""
        """What the last command that failed said, on one line."""
        self.once_held: list[Callable[[], None]] = []
        """Called when the host was taken, before anything changes there."""
        self.at_end: list[Callable[[], None]] = []
        """Called before the connection is closed, however the deploy ends."""
        # pyinfra and its connectors find the connector's own methods by these names
        vars(host.connector).update(
            run_shell_command=self.run_shell_command, put_file=self.put_file, disconnect=self.disconnect
        )

    @property
    def lost(self) -> bool:
        link = link_of(self._host.connector)
        return link is not None and link.lost

    def run_shell_command(
        self, command: Any, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> Answer:
        """Runs the command as the connector does; a timeout or a lost connection becomes the command's error."""
        bound = _END_WITHIN_S if self._ending else arguments.get("_timeout") or COMMAND_WITHIN_S
        # with sudo pyinfra removes its own temporary files as the login user, who cannot read the lock
        ours = self.lease and (arguments.get("_sudo") or not self.by_sudo)
        mine = StringCommand(lease.guarded(self.lease), command) if self.lease and ours else command
        if print_input:
            echo(f"{self._host.print_prefix}>>> {command}", err=True)
        try:
            with self.named(), gevent.Timeout(bound + 1, TimeoutError):  # opening a channel has no bound of its own
                done, output = self._own(mine, {**arguments, "_timeout": bound})
        except (OSError, EOFError, UnreachableError) as error:
            done, output = False, CommandOutput([])
            self._settle()
            said = self._why(error, bound, arguments)
        else:
            if not done:
                self._settle()
            said = "" if done or not self.lost else self._why(None, bound, arguments)
        if said:
            output.combined_lines.append(OutputLine("stderr", said))
        if not done:
            words = [line.line.strip() for line in output if line.buffer_name == "stderr" and line.line.strip()]
            self.failure = "; ".join(words[:_FAILURE_LINES])
        if print_output:
            for line in output:
                text = format_text(line.line, "red") if line.buffer_name == "stderr" else line.line
                echo(f"{self._host.print_prefix}{text}", err=True)
        return done, output

    def put_file(self, *given: Any, **arguments: Any) -> bool:
        try:
            with self.named(), gevent.Timeout(TRANSFER_WITHIN_S, TimeoutError):
                return self._put(*given, **arguments)
        except (OSError, EOFError, UnreachableError) as error:
            self._settle()
            logger.error(f"{self._host.print_prefix}{self._why(error, TRANSFER_WITHIN_S, arguments)}")
            return False

    def disconnect(self) -> None:
        self._ending = True
        for end in self.at_end:
            end()
        self._disconnect()

    def plain(
        self, command: str, within_s: int, arguments: dict[str, Any], stdin: str | None = None
    ) -> list[str] | None:
        """Output lines of a command that only the deploy itself needs; None where it failed, for whatever reason.

        With `stdin` the bound holds at the end of the deploy too.
        """
        given = {**_repeatable(arguments), "_stdin": stdin}
        within_s = _END_WITHIN_S if self._ending and stdin is None else within_s
        self.refusal = None
        try:
            with gevent.Timeout(within_s + 1, TimeoutError):
                done, output = self._own(StringCommand(command), {**given, "_timeout": within_s})
        except UnreachableError as error:
            self.refusal = None if self.lost else error
            return None
        except (OSError, EOFError):
            return None
        return list(output.stdout_lines) if done else None

    def _own(self, command: Any, arguments: dict[str, Any]) -> Answer:
        """Runs a command, and has what it printed itself. Raises UnreachableError, TimeoutError."""
        if not isinstance(self._host.connector, SSHConnector | LocalConnector):
            return self._run(command, **arguments)
        composed = {key: value for key, value in arguments.items() if key in COMPOSED}
        stdin = arguments.get("_stdin")

        def compose(script: str) -> str:
            return str(make_unix_command(StringCommand(script), **composed).get_raw_value())

        def do(line: str, before: Sequence[str]) -> Done:
            given = [*before, *stdin_lines(stdin)] if before else stdin
            how = {key: arguments.get(key) for key in ("_timeout", "_success_exit_codes")}
            done, output = self._run(StringCommand(line), _stdin=given, _shell_executable=None, **how)
            return Done(0 if done else 1, f"{output.stdout}\n", f"{output.stderr}\n")

        found = privileges.run(
            self._host.name, StringCommand(command).get_raw_value(), compose, do,
            bool(arguments.get("_sudo")), arguments.get("_sudo_password") or "", stdin is not None,
        )  # fmt: skip
        lines = [OutputLine("stdout", line) for line in lines_of(found.out)]
        return found.code == 0, CommandOutput([*lines, *(OutputLine("stderr", line) for line in lines_of(found.err))])

    def _settle(self) -> None:
        """Waits for a lost connection to end: its commands end before it does."""
        if link := link_of(self._host.connector):
            link.settle(_SETTLE_S)

    def _why(self, error: BaseException | None, bound: int, arguments: dict[str, Any]) -> str:
        doing = f'"{self._doing()}"'
        if self.lost or isinstance(error, EOFError):
            return (
                f"the connection was lost during {doing}, or there was no answer for {NO_ANSWER_S} s: "
                "see whether the host is up, then deploy again"
            )
        if isinstance(error, TimeoutError):
            there = self.plain(lease.at_work(), _LOOK_WITHIN_S, arguments) if self.lease and not self._ending else None
            return over(doing, bound, there or ())
        if isinstance(error, UnreachableError):
            return f"{error.what}: {error.fix}"
        return f"{doing} was interrupted: {error or 'no reason is known'}: deploy again"

    def _doing(self) -> str:
        state, host = self._host.state, self._host
        running = host.nested_executing_op_hash or host.executing_op_hash
        return ", ".join(state.get_op_meta(running).names) if running else "Look at the host"

    @contextmanager
    def named(self) -> Iterator[None]:
        """Logs every `SAY_EVERY_S` which operation runs, and for how long since its first command."""
        if (doing := self._doing()) != self._operation:
            self._operation, self._began = doing, time.monotonic()
            self._said = self._began
        telling = gevent.spawn(self._tell)
        try:
            yield
        finally:
            telling.kill(block=False)

    def _tell(self) -> None:
        while True:
            gevent.sleep(max(0.0, self._said + SAY_EVERY_S - time.monotonic()))
            self._said = time.monotonic()
            logger.info(f"{self._host.print_prefix}still: {self._operation}, {self._said - self._began:.0f} s")


def over(doing: str, bound: int, there: tuple[str, ...] | list[str]) -> str:
    """The error for a command that did not end. `there`: what `lease.at_work` printed."""
    seen = lease.parse(["held", *there])
    work = seen.at_work if isinstance(seen, lease.SeenLock) else ""
    if not work:
        return f"{doing} did not end within {bound} s: see what hangs on the host (ps faux), then deploy again"
    pid = work.rpartition(" ")[2].rstrip(")")
    return (
        f"{doing} did not end within {bound} s, {work} still runs: "
        f"see ps -fp {pid} and journalctl -n 50 on the host, then deploy again"
    )


def connection_of(host: Host) -> Connection:
    """The host's connection, wrapped at the first call."""
    found = host.connector_data.get("envivo")
    if isinstance(found, Connection):
        return found
    hub = gevent.get_hub()
    if PyinfraError not in hub.NOT_ERROR:  # said by pyinfra itself; gevent would show where it was raised
        hub.NOT_ERROR = (*hub.NOT_ERROR, PyinfraError)
    # what deploy code calls `host` is another one in each greenlet
    host.connector_data["envivo"] = new = Connection(host.connector.host)
    return new


def as_asked(host: Host) -> dict[str, Any]:
    """Global arguments (`_sudo` ...) of the current operation, for a command that it runs by itself."""
    return _repeatable(host.current_op_global_arguments or {})


def _repeatable(arguments: Mapping[str, Any]) -> dict[str, Any]:
    wanted = set(CONNECTOR_ARGUMENT_KEYS) - {"_stdin", "_timeout"}
    return {key: value for key, value in arguments.items() if key in wanted}
