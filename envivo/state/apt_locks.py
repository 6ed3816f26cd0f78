"""Who holds apt's locks on a host. Pure."""

import re

LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock")
HOLDER = (
    "lslocks --noheadings --raw --output PID,COMMAND,PATH | grep -E ' (" + "|".join(LOCKS) + ")$' | head -n 1; true"
)
"""Command that prints a line of lslocks; nothing where nobody does."""


def holder(line: str) -> str:
    """A line of lslocks in words: `unattended-upgr (pid 812) holds /var/lib/dpkg/lock`."""
    match = re.fullmatch(r"(\d+) (\S+) (\S+)", line.strip())
    return f"{match[2]} (pid {match[1]}) holds {match[3]}" if match else line.strip()
