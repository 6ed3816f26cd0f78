"""`envivo verify ENV`: checks of a deployed environment, on its hosts and from outside."""

import sys
import time
from pathlib import Path

import click
from rich.console import Console

from envivo import inventory
from envivo.cli.checking import print_report, run_with_progress
from envivo.cli.following import deploy_first
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.verify.engine import findings


@click.command(cls=Reporting, short_help="Verify that viewers see moving pictures.")
@click.argument("env")
@json_option
@group_data_option
def command(env: str, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Verify that viewers see moving pictures. Exit code 1 and the cause if they do not."""
    file = inventory.named(env)
    began = time.monotonic()
    console = Console(stderr=True, highlight=False)
    with console.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load, as are the checks

        read = validation.read(file, group_data)
    from envivo.orchestration.verification import planned  # slow too: not before the inventory is known to be right

    results = run_with_progress(read, planned, "verifying", console)
    deploy_first(findings(results.values()))
    sys.exit(print_report(read, results, time.monotonic() - began, as_json))
