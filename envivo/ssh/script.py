"""Commands whose output is their own, whatever a login shell prints before and after it, and in whichever language.

A login shell may be fish or tcsh, print a greeting from its start-up files, set a language, or run something else
instead of the command. So the command travels in words that all of them read alike, and prints a mark before and after
its output.
"""

import base64
import secrets
import shlex
from collections.abc import Callable, Iterable

_LONGEST_FAREWELL = 1 << 16
"""Bytes that a login shell may print after a command whose output is passed on."""


def mark() -> str:
    return f"envivo-{secrets.token_hex(12)}"


def marked(command: str, mark: str, after: str = "") -> str:
    """The command, between marks on both streams, with messages in English. `after`: it begins after this line of
    standard input, and not at all where a start-up file has read that line."""
    lost = "echo its start-up files read standard input >&2; exit 1"
    skip = f'line=; until [ "$line" = {after} ]; do IFS= read -r line || {{ {lost}; }}; done; ' if after else ""
    # a subshell, so that `exit` in the command does not leave out the second mark
    return (
        f"{{ export LC_ALL=C.UTF-8 LANGUAGE=; {skip}printf '\\n%s\\n' {mark}; printf '\\n%s\\n' {mark} >&2; "
        f"(\n{command}\n); set -- $?; printf %s {mark}; printf %s {mark} >&2; exit $1; }}"
    )


def for_any_shell(command: str) -> str:
    """The command as one that sh, bash, zsh, fish and csh understand alike."""
    encoded = base64.b64encode(command.encode()).decode()
    return f"sh -c 'eval \"$(echo {encoded} | base64 -d)\"'"


def own(output: str, mark: str) -> str | None:
    """What the command itself printed; None where it did not run."""
    _, found, rest = output.partition(f"\n{mark}\n")
    if not found:
        return None
    before, found, _ = rest.rpartition(mark)
    return before if found else rest


class Passing:
    """Passes on what a command itself prints, as it comes, without what a login shell adds to it."""

    def __init__(self, mark: str, sink: Callable[[bytes], object]) -> None:
        self._mark, self._sink, self._held = mark.encode(), sink, b""
        self.began = False

    def take(self, piece: bytes) -> None:
        self._held += piece
        if not self.began:
            _, found, rest = self._held.partition(b"\n" + self._mark + b"\n")
            if not found:
                return
            self.began, self._held = True, rest
        if len(self._held) > _LONGEST_FAREWELL:
            self._sink(self._held[:-_LONGEST_FAREWELL])
            self._held = self._held[-_LONGEST_FAREWELL:]

    def end(self) -> None:
        before, found, _ = self._held.rpartition(self._mark)
        if self.began and (before or not found):
            self._sink(before if found else self._held)


def sudo(command: str, with_password: bool) -> str:
    """The command as root. With a password, which sudo reads from the first line of standard input, it is asked for
    even where sudo has seen it a moment ago."""
    how = "-S -k -p ''" if with_password else "-n"
    return f"sudo -H {how} sh -c {shlex.quote(command)}"


PASSWORD_REQUIRED = ("a password is required", "interactive authentication is required")
"""What sudo, and sudo-rs, say without a password: in English, since no language was set yet, or in that of the host."""


def needs_password(error: str) -> bool:
    return any(words in error for words in PASSWORD_REQUIRED)


def did_not_run(lines: Iterable[str]) -> str:
    """Why a command did not run. `lines`: what came instead of its output."""
    last = [line.strip() for line in lines if line.strip()][-1:]
    return f"the login shell did not run the command{f' ({last[0]})' if last else ''}"
