"""What the benchmarks print: tables for people, and where and when the figures were taken."""

import json
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from envivo.core.errors import EnvivoError


def circumstances() -> dict[str, Any]:
    """Figures mean little without them: the load tells whether the machine had anything else to do."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}",
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def table(title: str, first: str, *others: str) -> Table:
    made = Table(title=title, title_justify="left")
    made.add_column(first)
    for other in others:
        made.add_column(other, justify="right")
    return made


as_json = click.option("--json", "as_json", is_flag=True, help="for machines")


def report(as_json: bool, figures: Mapping[str, object], *tables: Table) -> None:
    """The figures for machines, or the tables for people."""
    if as_json:
        print(json.dumps({**circumstances(), **figures}))
        return
    console = Console()
    for one in tables:
        console.print(one)
    console.print(" - ".join(f"{name}: {value}" for name, value in circumstances().items()), highlight=False)


def main(command: click.Command) -> None:
    """Runs a benchmark's command; an error is one sentence."""
    try:
        command()
    except EnvivoError as error:
        click.echo(error, err=True)
        sys.exit(error.exit_code)
