"""What OpenSSH's client is given to reach a host: a configuration file, and options for the host's own keys.

The file includes the user's configuration, as `ssh` itself would read it, and ends with defaults for keys that the user
did not set. Unlike options, these reach the hosts in between (ProxyJump), for which `ssh` reads the same file.

`~` is $HOME, as in a shell and for pyinfra. `ssh` itself takes the home directory of the account instead, which is
another one under `sudo -E` or in many containers.
"""

import os
import pwd
import re
from collections.abc import Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

from envivo.ssh.keys import file_of

CONNECT_WITHIN_S = 10
ALIVE_EVERY_S, ALIVE_TRIES = 5, 4
NO_ANSWER_S = ALIVE_EVERY_S * ALIVE_TRIES
"""After this without an answer the connection ends: a cut, or a host that is off."""
_SYSTEM = Path("/etc/ssh/ssh_config")
_DEEPEST = 16
"""Levels of Include; ssh allows as many."""
_KEYS = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk")
_NEWER = "StdinNull,ForkAfterAuthentication"
"""Options that older clients do not know."""
_OF_A_SHELL = re.compile("command$|^match$", re.IGNORECASE)
"""Keywords whose `~` is a shell's, which takes $HOME by itself."""


def home() -> Path:
    return Path("~").expanduser()


def account_home() -> Path:
    """The home directory that `ssh` itself looks into."""
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a container's user without a name
        return home()


class Written(NamedTuple):
    """A configuration for `ssh -F`."""

    file: Path
    sources: Mapping[str, str]
    """Copy -> the user's file, for what ssh says of it."""


def write(directory: Path, given: object = None) -> Written:
    """Writes the configuration for the host data's `ssh_config_file` into a directory of this process."""
    moved = home() if home() != account_home() else None
    copies = _Copies(directory, moved)
    if given:  # as for `ssh -F`: the system's is left out
        files = [(file_of(given), home() / ".ssh")]
    else:
        files = [(home() / ".ssh" / "config", home() / ".ssh"), (_SYSTEM, _SYSTEM.parent)]
    lines = [f'Include "{copies.copy(file, below)}"' for file, below in files if file.is_file()]
    file = directory / "config"
    file.write_text("\n".join([*lines, "Match all", *_defaults(moved), ""]))
    return Written(file, copies.sources)


def _defaults(moved: Path | None) -> Iterator[str]:
    yield "StrictHostKeyChecking accept-new"
    yield "BatchMode yes"  # a question would go to nobody
    if moved:
        yield f'UserKnownHostsFile "{moved}/.ssh/known_hosts" "{moved}/.ssh/known_hosts2"'
        yield from (f'IdentityFile "{moved}/.ssh/{key}"' for key in _KEYS if (moved / ".ssh" / key).is_file())


class _Copies:
    """Copies of configuration files, whose Include lines name the copies of others, and `~` another home directory."""

    def __init__(self, directory: Path, moved: Path | None) -> None:
        self._directory, self._moved = directory, moved
        self.sources: dict[str, str] = {}

    def copy(self, file: Path, below: Path, within: tuple[Path, ...] = ()) -> Path:
        """`below`: where relative Include lines begin; `within`: the files that include it. One of these is left to
        ssh, which refuses it. A file that cannot be read is an empty one, as for ssh."""
        if file in within or len(within) > _DEEPEST:
            return file
        to = self._directory / f"config{len(self.sources)}"
        self.sources[str(to)] = str(file)
        try:
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            text = ""
        lines = [self._line(line, below, (*within, file)) for line in text.splitlines()]
        to.write_text("\n".join([*lines, ""]), encoding="utf-8", errors="surrogateescape")
        return to

    def _line(self, line: str, below: Path, within: tuple[Path, ...]) -> str:
        word = re.match(r"\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$", line)
        if word and word[1].lower() == "include":
            found = [self.copy(file, below, within) for file in _included(word[2], below)]
            return "\n".join(f'Include "{copy}"' for copy in found)
        if word and self._moved and not _OF_A_SHELL.search(word[1]):
            line = re.sub(r"(?<=[\s=])~(/\S*)?(?=\s|$)", rf'"{self._moved}\1"', line)
            line = line.replace('"~/', f'"{self._moved}/').replace("%d", str(self._moved))
        return line


def _included(patterns: str, below: Path) -> Iterator[Path]:
    for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', patterns):
        pattern = os.path.expandvars(quoted or plain)
        yield from map(Path, sorted(glob(str(below / Path(pattern).expanduser()))))  # noqa: PTH207 - it may be absolute


def destination(name: str, data: Mapping[str, Any]) -> str:
    """The name that `ssh` connects to, by which its configuration has rules."""
    return str(data.get("ssh_hostname") or name)


def options(data: Mapping[str, Any]) -> list[str]:
    """`ssh`'s options for a host's own keys, which take precedence over any configuration file."""
    given: dict[str, object] = {
        "Port": data.get("ssh_port"),
        "User": data.get("ssh_user"),
        "ForwardAgent": _yes(data.get("ssh_forward_agent")),
        "StrictHostKeyChecking": data.get("ssh_strict_host_key_checking"),
        "BatchMode": "no" if data.get("ssh_password") or data.get("ssh_key_password") else "yes",
        "NumberOfPasswordPrompts": 1,
    }
    if known := data.get("ssh_known_hosts_file"):
        given["UserKnownHostsFile"] = f'"{_literal(file_of(known))}"'
    if data.get("ssh_allow_agent") is False:
        given["IdentityAgent"] = "none"
    words = [f"{key}={value}" for key, value in given.items() if value not in (None, "")]
    if key := data.get("ssh_key"):
        words += [f'IdentityFile="{_literal(file_of(key))}"', "IdentitiesOnly=yes"]
    elif data.get("ssh_look_for_keys") is False:
        words.append("IdentityFile=none")
    return _as_options(words)


def of_every_connection(within_s: int = CONNECT_WITHIN_S) -> list[str]:
    """Options that hold for each connection: only commands, and none of what a configuration adds to a session."""
    return _as_options(
        [
            f"IgnoreUnknown={_NEWER}", "LogLevel=ERROR", f"ConnectTimeout={within_s}",
            f"ServerAliveInterval={ALIVE_EVERY_S}", f"ServerAliveCountMax={ALIVE_TRIES}",
            "RemoteCommand=none", "RequestTTY=no", "ClearAllForwardings=yes", "ForwardX11=no", "Tunnel=no",
            "StdinNull=no", "ForkAfterAuthentication=no",
        ]
    )  # fmt: skip


def _as_options(words: Sequence[str]) -> list[str]:
    return [word for pair in words for word in ("-o", pair)]


def _yes(given: object) -> str | None:
    return None if given is None else "yes" if given else "no"


def _literal(file: Path) -> str:
    """Without the tokens of ssh_config(5)."""
    return str(file).replace("%", "%%")
