"""Commands as root, by sudo where the inventory says so, with a password where sudo wants one."""

import getpass
import re
import shlex
import sys
import threading
from collections.abc import Callable, Sequence

from envivo.ssh import script
from envivo.ssh.link import Done, UnreachableError

TRIES = 3
_ENGLISH = "export LC_ALL=C.UTF-8 LANGUAGE=; "
_FREE = "let the user sudo without a password (NOPASSWD), or set _sudo_password in the inventory"
_OTHER_USER = re.compile(r"login as the user \"?([A-Za-z_][A-Za-z0-9_-]*)\"? rather than")
"""What images of cloud-init answer root (its disable_root_opts)."""
_asking = threading.Lock()
_typed: dict[str, str] = {}
"""Host -> password that a person has typed."""


def run(
    host: str,
    command: str,
    compose: Callable[[str], str],
    do: Callable[[str, Sequence[str]], Done],
    sudo: bool = False,
    password: str = "",
    reads: bool = False,
) -> Done:
    """What a command itself printed, and its exit code, whatever a login shell adds to it.

    `compose`: makes a command line of a script; `do`: runs a command line, with these lines before its standard input;
    `password`: the inventory's, for sudo; `reads`: whether the command has standard input. Raises UnreachableError
    where the command did not run.
    """
    tries = 0
    while True:
        mark = script.mark()
        known = _typed.get(host) or password if sudo else ""
        after = f"{mark}-begin" if known or reads else ""
        line = compose(script.marked(command, mark, after))
        done = do(
            _ENGLISH + (script.sudo(line, bool(known)) if sudo else line), [word for word in (known, after) if word]
        )
        out, err = script.own(done.out, mark), script.own(done.err, mark)
        if out is not None:
            return Done(done.code, out, done.err if err is None else err)
        tries += 1
        if not (sudo and _wants_another(done.err)):
            raise _did_not_run(host, done, sudo)
        _ask(host, known, tries)


def stream(
    host: str,
    command: str,
    do: Callable[[str, Sequence[str], Callable[[bytes], object]], Done],
    sink: Callable[[bytes], object],
    sudo: bool = False,
    password: str = "",
) -> Done:
    """As `run`, of a command that has standard input, and whose output `sink` takes as it comes. Nobody is asked for a
    password: a command of `run` came before."""
    mark = script.mark()
    known, after = (_typed.get(host) or password if sudo else ""), f"{mark}-begin"
    line = f"sh -c {shlex.quote(script.marked(command, mark, after))}"
    passing = script.Passing(mark, sink)
    before = [word for word in (known, after) if word]
    done = do(_ENGLISH + (script.sudo(line, bool(known)) if sudo else line), before, passing.take)
    passing.end()
    if not passing.began:
        raise _did_not_run(host, done, sudo)
    err = script.own(done.err, mark)
    return Done(done.code, "", done.err if err is None else err)


def typed(host: str) -> str:
    """What a person has typed as the password of a host, for another process of this command."""
    return _typed.get(host, "")


def remember(host: str, password: str) -> None:
    """The password that a person has typed into another process."""
    if password:
        _typed[host] = password


def _wants_another(error: str) -> bool:
    return script.needs_password(error) or "incorrect password attempt" in error or "no password was provided" in error


def _ask(host: str, refused: str, tries: int) -> None:
    """Asks the person at the terminal. Raises UnreachableError where there is none, or enough was typed."""
    if refused and (not sys.stdin.isatty() or tries >= TRIES):
        raise UnreachableError(host, "sudo refuses the password", "fix _sudo_password in the inventory")
    if not sys.stdin.isatty():
        raise UnreachableError(host, "sudo needs a password, which envivo cannot ask you for without a terminal", _FREE)
    with _asking:
        if _typed.get(host, "") in ("", refused):
            _typed[host] = getpass.getpass(f"[{host}] sudo password: ")


def _did_not_run(host: str, done: Done, sudo: bool) -> UnreachableError:
    lines = [line.strip() for line in done.err.splitlines() if line.strip()]
    said = [line for line in lines if sudo and ("sudo" in line or "not found" in line)]
    if said:
        return UnreachableError(host, f"cannot become root ({said[-1]})", "log in as root, or let the user use sudo")
    what = script.did_not_run([*done.out.splitlines(), *lines])
    if other := _OTHER_USER.search(f"{done.out}{done.err}"):
        return UnreachableError(host, what, f'log in as that user: "ssh_user": "{other[1]}", "_sudo": True')
    return UnreachableError(
        host, what, "check what its start-up files (.bashrc, .profile ...) run, and its shell in /etc/passwd"
    )
