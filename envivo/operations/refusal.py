"""Failing one host with a sentence, while the others go on."""

from pyinfra.api import QuoteString, StringCommand


def refusal(message: str) -> StringCommand:
    """A command that prints the message as the host's error and fails: an exception would end the run for all hosts."""
    return StringCommand("printf", "'%s\\n'", QuoteString(message), ">&2;", "exit", "1")
