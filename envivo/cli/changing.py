"""Commands that change hosts: what they say while they work, what they ask before, and how they end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from envivo.cli.checking import run_with_progress
from envivo.core.errors import EnvivoError
from envivo.inventory import Inventory
from envivo.verify.engine import Check, Result
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.orchestration.deploying.hosts import Ended
    from envivo.orchestration.verification import Planned
    from envivo.probes.sessions import Session


class Screen:
    """Progress on standard error."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)

    def status(self, words: str) -> Status:
        return self.console.status(escape(words))

    def say(self, words: str) -> None:
        self.console.print(f"--> {words}", markup=False, soft_wrap=True)

    def check(
        self,
        read: Inventory,
        plan: Planned,
        verb: str,
        enough: Callable[[Result], bool] = lambda result: False,
    ) -> Mapping[Check, Result]:
        return run_with_progress(read, plan, verb, self.console, enough)

    def hook(self, name: str, variables: Mapping[str, str]) -> None:
        """Run a hook after the deploy, which its failure does not undo."""
        from envivo.orchestration.deploying import hooks

        try:
            hooks.run(name, variables)
        except EnvivoError as error:
            self.say(str(error))


def ensure_agreed(what: str, sessions: Sequence[Session] | None, interrupts: str) -> None:
    """Ask before these viewers are interrupted; None: nobody knows who watches. `interrupts`: whom else.

    Raises EnvivoError (exit code 2) where nobody can be asked, or says no.
    """
    from envivo.orchestration.control.whom import number

    if sessions is not None and not sessions:
        return
    watching = "it is not known who watches" if sessions is None else number(sessions)
    agree(what, f"this interrupts {interrupts}; {watching}", "add --yes if they may be interrupted")


def agree(what: str, words: str, fix: str) -> None:
    """Ask a person at the terminal. Raises EnvivoError (exit code 2) with the fix where there is none, or says no."""
    if not sys.stdin.isatty():
        raise EnvivoError(what, words, fix, exit_code=2)
    if not click.confirm(f"{what}: {words}. Continue?", err=True):
        raise EnvivoError(what, "cancelled", "nothing has changed", exit_code=2)


def print_end(read: Inventory, did: str, ended: Ended, seconds: float, as_json: bool) -> int:
    """Prints how it ended. Returns the exit code."""
    if as_json:
        click.echo(json.dumps(end_report(read, ended, seconds)))
    else:
        for line in end_lines(read.env, did, ended, seconds):
            click.echo(line)
    return 1 if ended.findings else 0


def end_report(read: Inventory, ended: Ended, seconds: float) -> dict[str, Any]:
    """For --json."""
    own = {"release": ended.release, "put_back": dict(ended.put_back), "seconds": round(seconds, 1)}
    return report(read.env, read.described, ended.findings, **own)


_STILL_NEWER = (
    "your project still has its own settings, which the next deploy installs: until you change them to those of this"
    " release, `envivo verify` reports the difference"
)


def end_lines(env: str, did: str, ended: Ended, seconds: float) -> list[str]:
    checked = len(ended.results)
    held = sum(result.outcome == "ok" for result in ended.results.values())
    verified = f"{held} of {checked} checks hold" if checked else "not verified"
    release = f"release {ended.release}" if ended.release else "the deploy"
    if not ended.findings:
        words = "is deployed" if did == "deploy" else "is back"
        first = f"{env}: {release} {words}, {verified} ({seconds:.1f} s)"
        return [first] if did == "deploy" else [first, _STILL_NEWER]
    if ended.stands:
        first = f"{env}: {release} is deployed, {verified} ({seconds:.1f} s); these checks failed before or are new:"
    else:
        first = f"{env}: the {did} failed ({seconds:.1f} s)"
    lines = [first, *(f"  {finding.of(env)}" for finding in ended.findings)]
    if did == "deploy" and ended.put_back:
        where = ", ".join(f"{name} has release {number} again" for name, number in sorted(ended.put_back.items()))
        lines.append(f"{where}; {verified}")
        lines.append("your project still has the new settings: fix them, then deploy again")
    elif not ended.begun:
        lines.append("nothing has changed")
    elif did == "deploy" and not ended.release:
        lines.append("there was no previous release to roll back to")
    return lines
