"""The keys of an inventory that say how SSH reaches a host, named as pyinfra names them. docs/reference/ssh.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from envivo.config.lazy import Placeholder
from envivo.core.names import did_you_mean
from envivo.core.paths import PROJECT
from envivo.core.problems import Problem
from envivo.core.quoting import shown

_TEXT, _FLAG, _NUMBER, _PASSWORD = "a string", "True or False", "a number", "a string, such as os.environ[...]"
KEYS: Mapping[str, str] = {
    "ssh_hostname": _TEXT,
    "ssh_port": "a port number from 1 to 65535",
    "ssh_user": _TEXT,
    "ssh_key": _TEXT,
    "ssh_key_password": _PASSWORD,
    "ssh_password": _PASSWORD,
    "ssh_allow_agent": _FLAG,
    "ssh_look_for_keys": _FLAG,
    "ssh_forward_agent": _FLAG,
    "ssh_config_file": _TEXT,
    "ssh_known_hosts_file": _TEXT,
    "ssh_strict_host_key_checking": "one of yes, no, off, ask, accept-new",
    "ssh_connect_retries": _NUMBER,
    "ssh_connect_retry_min_delay": _NUMBER,
    "ssh_connect_retry_max_delay": _NUMBER,
    "_sudo": _FLAG,
    "_sudo_password": _PASSWORD,
}
"""Key -> what its value must be."""
_IN_CONFIG = "put it into your SSH configuration (~/.ssh/config, or the file that ssh_config_file names)"
_ROOT = "log in as root, or set _sudo = True"
REFUSED: Mapping[str, str] = {
    "ssh_paramiko_connect_kwargs": f"envivo connects with OpenSSH: {_IN_CONFIG}",
    "ssh_file_transfer_protocol": "files use the same connection as commands: remove it",
    "_sudo_user": _ROOT,
    "_use_sudo_login": _ROOT,
    "_preserve_sudo_env": _ROOT,
    "_su_user": _ROOT,
    "_use_su_login": _ROOT,
    "_su_password": _ROOT,
    "_su_shell": _ROOT,
    "_preserve_su_env": _ROOT,
    "_doas": _ROOT,
    "_doas_user": _ROOT,
    "_dzdo": _ROOT,
    "_dzdo_user": _ROOT,
}
"""Keys of pyinfra that would change how a deploy reaches a host, and nothing else -> what to do."""
_HOST_KEY_RULES = ("yes", "no", "off", "ask", "accept-new")
_FILES = ("ssh_key", "ssh_config_file")


def file_of(given: object) -> Path:
    """A file that an inventory names, as a deploy finds it: `~` is $HOME, a relative path begins at the project."""
    return PROJECT / Path(str(given)).expanduser()


def problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Problems of a host's data, by key: one that is unknown or not supported, a wrong type, a file that is missing."""
    for key, value in data.items():
        if not isinstance(key, str):
            yield Problem(shown(key), "must be text, like all names of data")
        elif isinstance(value, Placeholder) or (value is None and key in KEYS):
            continue
        elif key in REFUSED:
            if value not in (None, False, ""):
                yield Problem(key, "is not supported", REFUSED[key])
        elif key in KEYS:
            if key != "ssh_port" and not _fits(KEYS[key], value):
                seen = "" if "password" in key else f", is {shown(value)}"
                yield Problem(key, f"must be {KEYS[key]}{seen}")
            elif key in _FILES and value and not _readable(file_of(value)):
                yield Problem(key, f"{shown(str(file_of(value)))} is not a file", "fix the path")
        elif key.startswith("ssh_"):
            yield Problem(key, "unknown key", did_you_mean(key, KEYS) or "docs/reference/ssh.md lists all")


def _readable(file: Path) -> bool:
    """Whether it is a file, be it /dev/null, with which OpenSSH leaves a configuration out."""
    try:
        return file.exists() and not file.is_dir()
    except (OSError, ValueError):  # as of a name that is too long
        return False


def _fits(wanted: str, value: object) -> bool:
    if wanted == _FLAG:
        return isinstance(value, bool)
    if wanted == _NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if wanted in (_TEXT, _PASSWORD):
        return isinstance(value, str) and not any(character in value for character in "\n\r\0")
    return value in _HOST_KEY_RULES
