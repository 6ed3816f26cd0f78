"""`envivo plan ENV`: what a deploy would change on each host, and whom that interrupts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from envivo import inventory
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.plan.planning import planner
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.inventory import Inventory
    from envivo.plan.proposal import Proposal


@click.command(cls=Reporting, short_help="Show what a deploy would change.")
@click.argument("env")
@click.option(
    "--full",
    is_flag=True,
    help="For a host's first deploy, list what it would add instead of a count; print long diffs in full.",
)
@json_option
@group_data_option
def command(env: str, full: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Show what a deploy would change on each host, and whom that interrupts. Changes nothing on hosts.

    Exit code 0 if a deploy would change nothing, 3 if it would change something, 1 if a host cannot be reached,
    or has a problem because of which a deploy would stop.
    """
    file = inventory.named(env)
    progress = Console(stderr=True, highlight=False)
    with planner(inventory.place_of(file), group_data) as plans:
        with progress.status(f"reading {env}"):
            from envivo.orchestration import deployed_hosts, validation  # slow to load, as are the next ones
            from envivo.orchestration.planning import proposals
            from envivo.plan.proposal import exit_code
            from envivo.plan.rendering import rendered

            read = validation.read(file, group_data)
        waiting = [host.name for host in read.hosts]
        with progress.status("") as status:

            def say(words: str) -> None:
                status.update(escape(f"planning {env}: {words} {', '.join(waiting)}"[: progress.width - 4]))

            def tell(proposal: Proposal) -> None:
                waiting.remove(proposal.host)
                say("waiting for")

            say("looking at")
            found = proposals(read, plans, tell)
    if as_json:
        click.echo(json.dumps(as_report(read, found)))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for line in rendered(env, found, full):
            console.print(Text(line.text, line.style))
        for line_of_host in deployed_hosts.warnings(read):
            console.print(Text(line_of_host, "yellow"))
    sys.exit(exit_code(found))


def as_report(read: Inventory, found: Sequence[Proposal]) -> dict[str, Any]:
    """For --json."""
    from envivo.orchestration import deployed_hosts

    findings = [finding for proposal in found for finding in proposal.findings]
    return report(
        read.env,
        read.described,
        findings,
        plan={proposal.host: proposal.row for proposal in found},
        left=deployed_hosts.warnings(read),
    )
