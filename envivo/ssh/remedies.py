"""What to do where OpenSSH's client does not log in, from what it says and from the keys that it tries."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from envivo.ssh.keys import file_of

_CHANGED = re.compile(r"Host key for (\S+) has changed")
_OFFENDING = re.compile(r"Offending \S+ key in (.+):\d+")


def remedy(error: str, said: str, typed: str, data: Mapping[str, Any], locked: str) -> str:
    """`error`: the line that says why; `said`: all lines; `typed`: the command with which a person would log in;
    `locked`: a key that is tried and has a passphrase."""
    if "Permission denied" in error:
        return _refused(error, typed, data, locked)
    if (host := _CHANGED.search(said)) and (file := _OFFENDING.search(said)):
        forget = shlex.join(["ssh-keygen", "-f", file[1], "-R", host[1]])
        return f"if the host was reinstalled, remove its old key: {forget}"
    if "verification failed" in error:
        ask = typed.replace("ssh ", "ssh -o StrictHostKeyChecking=ask ", 1)
        return f"check that this is the right host, then accept its host key: {ask}"
    return f"make sure `{typed}` works"


def _refused(error: str, typed: str, data: Mapping[str, Any], locked: str) -> str:
    if locked:
        start, rest = ("~/", locked[2:]) if locked.startswith("~/") else ("", locked)
        return f"its key has a passphrase: ssh-add {start}{shlex.quote(rest)}, or set ssh_key_password"
    if data.get("ssh_password"):
        return f"fix ssh_password, or make sure `{typed}` works with it"
    if "password" in error or "keyboard-interactive" in error:
        return f"make sure `{typed}` works without a password, as after ssh-copy-id, or set ssh_password"
    return f"make sure `{typed}` works"


def locked(data: Mapping[str, Any], tried: list[str]) -> str:
    """The first key that is tried and has a passphrase, as a person would write it; empty: none, or an agent has it.

    `tried`: those of the configuration, where the inventory names none.
    """
    keys = [str(data["ssh_key"])] if data.get("ssh_key") else tried
    found = [key for key in keys if is_encrypted(str(file_of(key)))]
    if not found:
        return ""
    agents = _printed(["ssh-add", "-l"]).split()
    return next((key for key in found if _fingerprint(str(file_of(key))) not in agents), "")


def is_encrypted(file: str) -> bool:
    if not Path(file).is_file():
        return False
    ask = ["ssh-keygen", "-y", "-P", "", "-f", file]
    done = subprocess.run(ask, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return "incorrect passphrase" in done.stderr


def _fingerprint(file: str) -> str:
    """SHA256:... of a key, which is known without its passphrase."""
    return next((word for word in _printed(["ssh-keygen", "-lf", file]).split() if word.startswith("SHA256:")), file)


def _printed(command: list[str]) -> str:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=10, env=os.environ
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
