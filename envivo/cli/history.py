"""`envivo history ENV`: releases that hosts keep, and what was done to them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from rich.table import Table
from rich.text import Text

from envivo import inventory
from envivo.cli.changing import Screen
from envivo.cli.following import deploy_first
from envivo.cli.reporting import Reporting, group_data_option, json_option, wide
from envivo.remote import RemoteShell, remote_shells
from envivo.verify.findings import Finding, report

if TYPE_CHECKING:
    from envivo.inventory import Inventory
    from envivo.orchestration.deploying.journal import Entry
    from envivo.orchestration.deploying.releases import Summary


@click.command("history", cls=Reporting, short_help="List releases, deploys and rollbacks.")
@click.argument("env")
@json_option
@group_data_option
def command(env: str, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """List the releases that hosts keep (states left by earlier deploys), and the last deploys and rollbacks."""
    file = inventory.named(env)
    screen = Screen()
    with screen.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
    with remote_shells(read.hosts) as shells, screen.status(f"asking {', '.join(shells)}"):
        history = kept_by(env, shells)
    rows, runs, unknown, absent = history
    deploy_first(absent)
    if as_json:
        click.echo(json.dumps(as_report(read, history)))
        sys.exit(1 if unknown else 0)
    click.echo(f"{env}: {len(rows)} {'release' if len(rows) == 1 else 'releases'}")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), header_style="dim")
    for heading in ("release", "at", "by", "envivo", "verified", "hosts", "images"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        now = f"{row.number} now on {', '.join(row.current)}" if row.current else str(row.number)
        verified = "yes" if row.verified else "no"
        cells = (now, row.at, row.by, row.version, verified, ", ".join(row.hosts), ", ".join(row.images))
        table.add_row(*(Text(cell, style="green" if row.current else "") for cell in cells))
    if rows:
        wide().print(table)
    for entry in runs[-10:]:
        release = f": release {entry.release}" if entry.release else ""
        became = release if entry.ok else f" failed: {entry.cause}"
        click.echo(f"  {entry.at}  {entry.did} by {entry.by}{became}")
    for finding in unknown:
        click.echo(str(finding), err=True)
    for finding in absent:
        click.echo(finding.of(env))
    if len(rows) > 1 and not absent:
        click.echo(f"to roll back: envivo rollback {env} --to N")
    sys.exit(1 if unknown else 0)


class History(NamedTuple):
    releases: list[Summary]
    runs: list[Entry]
    unknown: list[Finding]
    """Hosts that do not answer."""
    absent: list[Finding]
    """Hosts to which nothing is deployed."""


def kept_by(env: str, shells: Mapping[str, RemoteShell]) -> History:
    from envivo.orchestration.absent import absent
    from envivo.orchestration.deploying import journal, releases
    from envivo.orchestration.everywhere import everywhere

    kept, unknown = everywhere(shells, releases.kept)
    logs, _ = everywhere(shells, journal.read)
    logged = [*journal.read_here(env), *(entry for entries in logs.values() for entry in entries)]
    runs = sorted(set(logged), key=lambda entry: entry.at)
    return History(releases.summed(kept), runs, list(unknown), absent(shells))


def as_report(read: Inventory, history: History) -> dict[str, Any]:
    """For --json."""
    runs, listed = [asdict(entry) for entry in history.runs], [row._asdict() for row in history.releases]
    bare = [finding.host for finding in history.absent]
    return report(read.env, read.described, history.unknown, releases=listed, runs=runs, not_deployed=bare)
