"""Failing one host with a sentence, while the others go on."""

from pyinfra.api import QuoteString, StringCommand
from pyinfra.context import ctx_host

from envivo.core.problems import Problem
from envivo.operations.reasons import refused


def refusal(*problems: Problem) -> StringCommand:
    """A command that prints them as the host's error and fails: an exception would end the run for all hosts.

    A run that only plans shows them too.
    """
    message = "\n".join(map(str, problems))
    if (host := ctx_host.get()) is not None:
        refused(host, problems)
        if not host.state.is_executing:  # of a command that will not be run, a plan would not show the words
            host.log(message)
    return StringCommand("printf", "'%s\\n'", QuoteString(message), ">&2;", "exit", "1")
