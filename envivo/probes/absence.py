"""Whether a host has what deploys bring."""

from envivo.remote import RemoteShell
from envivo.state.deployed import QUESTION, Absent, absent


def absence(shell: RemoteShell) -> Absent | None:
    """None: it is there, or the host does not say. Raises envivo.remote.UnreachableError."""
    try:
        return absent(shell.run(QUESTION).out)
    except ValueError:
        return None
