"""Commands that perform checks: progress while they run, then their report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

from envivo.inventory import Inventory
from envivo.verify.engine import Check, Result, findings, run_checks
from envivo.verify.findings import report
from envivo.verify.rendering import rendered, waiting_for

if TYPE_CHECKING:
    from envivo.orchestration.verification import Planned


_COLOURS = {"ok": "green", "failed": "red", "not tried": "yellow"}


def run_with_progress(
    read: Inventory,
    plan: Planned,
    verb: str,
    console: Console,
    enough: Callable[[Result], bool] = lambda result: False,
) -> dict[Check, Result]:
    """In the order in which they were planned. `enough`: after which result no others are waited for."""
    with plan(read) as planned, console.status(f"{verb} {read.env}") as status:
        done: dict[Check, Result] = {}

        def on_result(result: Result) -> None:
            done[result.check] = result
            failed = sum(bool(result.findings) for result in done.values())
            now = ", ".join(map(str, waiting_for(planned, done)[:2]))
            words = f"{verb} {read.env}: {len(done)} of {len(planned)}, {failed} failed; waiting for {now}"
            status.update(escape(words[: console.width - 4]))

        results = run_checks(planned, on_result, enough)
        return {check: results[check] for check in planned if check in results}


def print_report(
    read: Inventory, results: dict[Check, Result], seconds: float, as_json: bool, **notes: Sequence[str]
) -> int:
    """Prints the report, and notes beside its findings. Returns the exit code."""
    found = findings(results.values())
    if as_json:
        click.echo(json.dumps({**as_report(read, results), **notes}))
    else:
        for line in rendered(read.env, results, found, seconds):
            click.echo(str(line).replace(line.outcome, _coloured(line.outcome), 1))
        for note in (line for lines in notes.values() for line in lines):
            click.echo(note)
    return 1 if found else 0


def as_report(read: Inventory, results: dict[Check, Result]) -> dict[str, Any]:
    """For --json."""
    checks = [_row(result) for result in results.values()]
    return report(read.env, read.described, findings(results.values()), checks=checks)


def _coloured(outcome: str) -> str:
    return click.style(outcome, _COLOURS[outcome]) if outcome else ""


def _row(result: Result) -> dict[str, object]:
    row: dict[str, object] = {"host": result.check.host, "claim": result.check.claim, "outcome": result.outcome}
    row["seconds"] = round(result.seconds, 2)
    if result.check.path:
        row["path"] = result.check.path
    if result.observations:
        row["observations"] = list(result.observations)
    if result.blocked_by:
        row["because"] = str(result.blocked_by)
    return row
