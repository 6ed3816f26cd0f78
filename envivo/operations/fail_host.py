"""Failing a host with problems, while the others go on."""

from pyinfra.api import QuoteString, StringCommand
from pyinfra.context import ctx_host

from envivo.core.problems import Problem
from envivo.operations.reasons import refused


def fail_host(*problems: Problem) -> StringCommand:
    """A command that prints the problems as the host's error and fails: an exception would end the run for all hosts.

    A plan shows them too.
    """
    message = "\n".join(map(str, problems))
    if (host := ctx_host.get()) is not None:
        refused(host, problems)
        if not host.state.is_executing:  # a plan runs no command, so it would not show the message
            host.log(message)
    return StringCommand("printf", "'%s\\n'", QuoteString(message), ">&2;", "exit", "1")
