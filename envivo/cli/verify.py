"""`envivo verify ENV`: checks of a deployed environment, on its hosts and from outside."""

import json
import sys
import time
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from envivo import inventory
from envivo.cli.reporting import Reporting
from envivo.verify.engine import Check, Result, findings, perform
from envivo.verify.findings import Finding, report

_COLOURS = {"ok": "green", "failed": "red", "not tried": "yellow"}


@click.command(cls=Reporting)
@click.argument("env")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--group-data",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="The value of --group-data if you passed that to pyinfra; repeatable.",
)
def command(env: str, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Verify that viewers see moving pictures. Exit code 1 and the cause if they do not."""
    file = inventory.named(env)
    began = time.monotonic()
    console = Console(stderr=True, highlight=False)
    with console.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load, as are the checks

        read = validation.read(file, group_data)
    results = _results(read, console)
    found = findings(results.values())
    if as_json:
        click.echo(json.dumps(report(env, read.described, found, checks=[_row(result) for result in results.values()])))
    else:
        _conclude(env, results, found, time.monotonic() - began)
    sys.exit(1 if found else 0)


def _results(read: inventory.Inventory, console: Console) -> dict[Check, Result]:
    from envivo.orchestration.verification import (
        planned as plan,  # slow to load: not before the inventory is known to be right
    )

    with plan(read) as planned, console.status(f"verifying {read.env}") as status:
        done = 0

        def tell(result: Result) -> None:
            nonlocal done
            done += 1
            status.update(f"verifying {read.env}: {done} of {len(planned)}")
            if not result.blocked_by:
                seen = "".join(f" ({statement})" for statement in result.statements)
                _line(console, result.outcome, f"{result.check}{seen} {result.seconds:.1f} s")

        results = perform(planned, tell)
        for cause, number in Counter(result.blocked_by for result in results.values() if result.blocked_by).items():
            _line(console, "not tried", f"{number} more checks that depend on: {cause}")
        return results


def _line(console: Console, outcome: str, what: str) -> None:
    console.print(f"[{_COLOURS[outcome]}]{outcome:9}[/] {escape(what)}", soft_wrap=True)


def _conclude(env: str, results: dict[Check, Result], found: list[Finding], seconds: float) -> None:
    if not found:
        click.echo(f"{env}: all {len(results)} checks hold ({seconds:.1f} s)")
    for finding in found:
        click.echo(finding)


def _row(result: Result) -> dict[str, object]:
    row: dict[str, object] = {"host": result.check.host, "claim": result.check.claim, "outcome": result.outcome}
    row["seconds"] = round(result.seconds, 2)
    if result.statements:
        row["statements"] = list(result.statements)
    if result.blocked_by:
        row["because"] = str(result.blocked_by)
    return row
