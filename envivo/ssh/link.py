"""A connection to a host: one `ssh` that holds it, and runs commands over it (session.py)."""

import contextlib
import getpass
import os
import random
import select
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, NamedTuple

from envivo.core.errors import EnvivoError
from envivo.ssh import config, remedies, session
from envivo.ssh.keys import file_of
from envivo.ssh.route import resolved
from envivo.ssh.session import Ended

AT_ONCE = 8
"""Commands on a connection at the same time; sshd's MaxSessions is 10."""
_READY = "ready"
_NO_CODE = 255
"""As ssh: of a command that was killed."""
_LONGEST_DIRECTORY = 70
"""Of the directory for temporary files: a socket's name, with what ssh adds, has at most 107 characters."""
_LOG_IN_WITHIN_S = 30
"""After the connection is made: keys, hosts in between."""
_HOLD = '"$@" </dev/null 3<&- & pid=$!; { cat >/dev/null; kill $pid; } <&3 2>/dev/null & watch=$!; wait $pid; code=$?'
_HELD = ["sh", "-c", f"exec 3<&0; {_HOLD}; kill $watch 2>/dev/null; exit $code", "ssh"]
"""Runs `ssh` until it ends or standard input is closed, as it is when this process ends, however it does."""
_ASKPASS = """#!/bin/sh
case $1 in
*assphrase*) printf '%s\\n' "$ENVIVO_SSH_KEY_PASSWORD" ;;
"$ENVIVO_SSH_TO's password"* | "($ENVIVO_SSH_TO) "*) printf '%s\\n' "$ENVIVO_SSH_PASSWORD" ;;
*) exit 1 ;;
esac
"""
"""Answers ssh's questions: those of the host itself, not those of a host in between."""
_CAUSES = ("are too open", "IDENTIFICATION HAS CHANGED", "Bad configuration option", "Load key", "bad permissions")
_CONSEQUENCES = (": terminating, ", "kex_exchange_identification", "Connection closed by UNKNOWN", "ControlSocket")
_QUESTION = threading.Lock()
_typed: dict[str, str] = {}
"""Passphrases that a person has typed, by file: one question for all hosts."""


def passphrases() -> dict[str, str]:
    """Those that a person has typed, for another process of this command."""
    return dict(_typed)


def remember_passphrases(typed: Mapping[str, str]) -> None:
    """Those that a person has typed into another process."""
    _typed.update(typed)


class UnreachableError(EnvivoError):
    """No command can be run on the host."""


class Done(NamedTuple):
    code: int
    out: str
    err: str


class Link:
    """A connection to the host of this name. `data`: its host data. Usable from several threads."""

    def __init__(self, name: str, data: Mapping[str, Any], within_s: int = config.CONNECT_WITHIN_S) -> None:
        self.name, self.data, self._within_s = name, data, within_s
        self._directory: TemporaryDirectory[str] | None = None
        self._place = self._socket = Path()
        self._sources: Mapping[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lent = False
        self._opening = threading.Lock()
        self._free = threading.BoundedSemaphore(AT_ONCE)

    @property
    def socket(self) -> str:
        """Where another process of this command may use the connection, as long as it is open; empty: there is none."""
        return str(self._socket) if self._process and not self.lost else ""

    def borrow(self, socket: str) -> None:
        """Use the connection of another process, in place of one of its own."""
        self._socket, self._lent = Path(socket), True

    @property
    def lost(self) -> bool:
        if self._lent:
            return not self._socket.exists()
        return self._process is not None and self._process.poll() is not None

    def settle(self, within_s: float) -> None:
        """Waits for a lost connection to end: its commands end before it does."""
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(within_s)

    def open(self) -> None:
        """Connects, unless it is connected. Raises UnreachableError."""
        with self._opening:
            if self._lent or (self._process and not self.lost):
                return
            tries = int(self.data.get("ssh_connect_retries") or 0)
            shortest = float(self.data.get("ssh_connect_retry_min_delay") or 0.1)
            longest = max(shortest, float(self.data.get("ssh_connect_retry_max_delay") or 0.5))
            while (error := self._connect(self.data)) and tries > 0 and "Permission denied" not in error:
                tries -= 1
                time.sleep(random.uniform(shortest, longest))  # noqa: S311 - what the inventory asks for
            if "Permission denied" in error and (typed := self._passphrase()):
                error = self._connect({**self.data, "ssh_key_password": typed})
            if error:
                raise self._unreachable(error)

    def run(self, command: str, within_s: float, stdin: bytes | None = None) -> Done:
        """Runs a command in the login shell. Raises UnreachableError, TimeoutError."""
        self.open()
        deadline = time.monotonic() + within_s
        with self._free:
            while True:
                done = self._once(command, max(0.1, deadline - time.monotonic()), stdin)
                if not done.refused or self.lost:
                    break
                if time.monotonic() > deadline:  # sshd allows fewer sessions, and others have them
                    raise TimeoutError(f"no session within {within_s:g} s")
                time.sleep(0.1)
        if done.code is None:
            self.settle(0.3)
            if self.lost:
                raise self._unreachable(self._last_words() or "the connection was lost")
        return Done(_NO_CODE if done.code is None else done.code, _text(done.out), _text(done.err))

    def stream(self, command: str, silent_s: float, stream: session.Stream) -> Done:
        """Runs a command whose output the sink takes. Raises UnreachableError, TimeoutError where nothing moves for
        `silent_s`.
        """
        self.open()
        with self._free:
            done = self._once(command, silent_s, None, stream)
        if done.refused:
            raise self._unreachable("the host allows no more sessions")
        if done.code is None:
            self.settle(0.3)
            if self.lost:
                raise self._unreachable(self._last_words() or "the connection was lost")
        return Done(_NO_CODE if done.code is None else done.code, "", _text(done.err))

    def close(self) -> None:
        if self._process:
            assert self._process.stdin is not None  # noqa: S101 - a pipe
            self._process.stdin.close()
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            assert self._process.stdout is not None  # noqa: S101 - a pipe
            self._process.stdout.close()
            self._process = None
        if self._directory:
            self._directory.cleanup()
            self._directory = None

    def _connect(self, data: Mapping[str, Any]) -> str:
        """Why there is no connection; empty where there is one."""
        self.close()
        short = len(gettempdir()) <= _LONGEST_DIRECTORY
        self._directory = TemporaryDirectory(prefix="envivo-", dir=None if short else "/tmp")  # noqa: S108
        self._place = Path(self._directory.name)
        self._socket = self._place / "s"
        file, self._sources = config.write(self._place, data.get("ssh_config_file"))
        to = [*config.options(data), *config.of_every_connection(self._within_s)]
        # -N: no command, only the connection; the local command tells that it is there
        mine = ["-o", f"ControlPath={self._socket}", "-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-N",
                "-o", "PermitLocalCommand=yes", "-o", f"LocalCommand=echo {_READY}"]  # fmt: skip
        ssh = ["ssh", "-F", str(file), *to, *mine, "--", config.destination(self.name, data)]
        with (self._place / "errors").open("wb") as errors:
            try:
                # a session of its own: Ctrl-C is for this process, which still has something to do on the host
                self._process = process = subprocess.Popen(
                    [*_HELD, *ssh], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                    env=self._environ(file, data), start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise UnreachableError(self.name, str(error), "install OpenSSH's client (ssh)") from None
        assert process.stdout is not None  # noqa: S101 - a pipe
        bound = self._within_s + _LOG_IN_WITHIN_S
        deadline, said = time.monotonic() + bound, b""
        while _READY not in _text(said).splitlines():  # after what a shell of this machine prints when it starts
            if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return f"no answer within {bound} s"
            if not (more := os.read(process.stdout.fileno(), 4096)):
                process.wait()
                return self._last_words() or "no connection"
            said += more
        return ""

    def _environ(self, file: Path, data: Mapping[str, Any]) -> dict[str, str]:
        secrets = {
            "ENVIVO_SSH_KEY_PASSWORD": data.get("ssh_key_password"),
            "ENVIVO_SSH_PASSWORD": data.get("ssh_password"),
        }
        given = {key: str(value) for key, value in secrets.items() if value}
        if not given:
            return dict(os.environ)
        askpass = self._place / "askpass"
        askpass.write_text(_ASKPASS)
        askpass.chmod(0o700)
        asks = {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": os.environ.get("DISPLAY", ":0")}
        to = {}
        if data.get("ssh_password") and (route := resolved(file, self.name, data)):
            to = {"ENVIVO_SSH_TO": f"{route.user}@{route.alias or route.host}"}
        return {**os.environ, **asks, **to, **given}

    def _once(self, command: str, within_s: float, stdin: bytes | None, stream: session.Stream | None = None) -> Ended:
        agent = bool(self.data.get("ssh_forward_agent"))
        try:
            return session.run(self._socket, command, within_s, stdin, agent, stream)
        except TimeoutError:
            raise
        except (ConnectionError, FileNotFoundError):  # the connection ends, or has ended
            return Ended(None, b"", b"")
        except OSError as error:
            return Ended(None, b"", str(error).encode())

    def _said(self) -> str:
        """All that ssh has said, with the user's files in place of their copies."""
        if not self._directory:
            return ""
        try:
            text = _text((self._place / "errors").read_bytes())
        except OSError:
            return ""
        for copy, source in self._sources.items():
            text = text.replace(f"{copy} ", f"{source} ").replace(f"{copy}:", f"{source}:")
        return text

    def _last_words(self) -> str:
        """The line of ssh's errors that says most: it goes on to say what follows from the cause."""
        said = [line.strip("@ ") for line in self._said().splitlines() if line.strip("@ ")]
        causes = [line for line in said if any(words in line for words in _CAUSES)]
        rest = [line for line in said if not any(words in line for words in _CONSEQUENCES)]
        return causes[0] if causes else (rest or said or [""])[-1]

    def _unreachable(self, error: str) -> UnreachableError:
        if "IDENTIFICATION HAS CHANGED" in error:
            error = "its host key has changed"
        locked = self._locked() if "Permission denied" in error else ""
        fix = remedies.remedy(error, self._said(), self.as_typed, self.data, locked)
        return UnreachableError(self.name, f"cannot be reached over SSH ({error})", fix)

    def _locked(self) -> str:
        """A key with a passphrase that was tried; empty: none."""
        route = None if self.data.get("ssh_key") else resolved(self._place / "config", self.name, self.data)
        return remedies.locked(self.data, list(route.keys) if route else [])

    @property
    def as_typed(self) -> str:
        """The command with which a person would log in."""
        data = self.data
        files = [("-F", data.get("ssh_config_file")), ("-i", data.get("ssh_key"))]
        words = [word for flag, file in files if file for word in (flag, str(file_of(file)))]
        if known := data.get("ssh_known_hosts_file"):
            words += ["-o", f"UserKnownHostsFile={file_of(known)}"]
        words += ["-p", str(data["ssh_port"])] if data.get("ssh_port") else []
        user, to = data.get("ssh_user"), config.destination(self.name, data)
        return shlex.join(["ssh", *words, f"{user}@{to}" if user else to])

    def _passphrase(self) -> str:
        """Passphrase of a key that was tried: typed before, or now at the terminal; empty if there is none to type."""
        if self.data.get("ssh_key_password") or not (key := self._locked()):
            return ""
        with _QUESTION:
            if key not in _typed:
                if not sys.stdin.isatty():
                    return ""
                _typed[key] = getpass.getpass(f"Passphrase of {key}: ")
        return _typed[key]


def _text(output: bytes) -> str:
    return output.decode("utf-8", errors="replace")
