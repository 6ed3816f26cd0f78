"""Failing one host with a sentence, while the others go on."""

from typing import Any

from pyinfra.api import QuoteString, StringCommand

from envivo.operations.reasons import refused


def refusal(host: Any, message: str) -> StringCommand:
    """A command that prints the message as the host's error and fails: an exception would end the run for all hosts.

    `message`: lines of `what: fix`. A run that only plans shows them too.
    """
    refused(host, message)
    if not host.state.is_executing:  # of a command that will not be run, a plan would not show the words
        host.log(message)
    return StringCommand("printf", "'%s\\n'", QuoteString(message), ">&2;", "exit", "1")
