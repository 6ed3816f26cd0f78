"""`envivo verify ENV`: checks of a deployed environment, on its hosts and from outside."""

import json
import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from envivo import inventory
from envivo.cli.reporting import Reporting
from envivo.verify.engine import Check, Result, findings, perform
from envivo.verify.findings import report
from envivo.verify.rendering import rendered, waiting_for

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
        for line in rendered(env, results, found, time.monotonic() - began):
            click.echo(str(line).replace(line.outcome, _coloured(line.outcome), 1))
    sys.exit(1 if found else 0)


def _coloured(outcome: str) -> str:
    return click.style(outcome, _COLOURS[outcome]) if outcome else ""


def _results(read: inventory.Inventory, console: Console) -> dict[Check, Result]:
    """In the order in which they were planned."""
    from envivo.orchestration.verification import (
        planned as plan,  # slow to load: not before the inventory is known to be right
    )

    with plan(read) as planned, console.status(f"verifying {read.env}") as status:
        done: dict[Check, Result] = {}

        def tell(result: Result) -> None:
            done[result.check] = result
            failed = sum(bool(result.findings) for result in done.values())
            now = ", ".join(map(str, waiting_for(planned, done)[:2]))
            words = f"verifying {read.env}: {len(done)} of {len(planned)}, {failed} failed; waiting for {now}"
            status.update(escape(words[: console.width - 4]))

        results = perform(planned, tell)
        return {check: results[check] for check in planned}


def _row(result: Result) -> dict[str, object]:
    row: dict[str, object] = {"host": result.check.host, "claim": result.check.claim, "outcome": result.outcome}
    row["seconds"] = round(result.seconds, 2)
    if result.check.path:
        row["path"] = result.check.path
    if result.statements:
        row["statements"] = list(result.statements)
    if result.blocked_by:
        row["because"] = str(result.blocked_by)
    return row
