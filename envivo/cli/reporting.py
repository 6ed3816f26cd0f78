"""What commands that report have in common: options, errors that are JSON objects with --json, tables."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from envivo.cli.following import Followed
from envivo.core.errors import EnvivoError
from envivo.verify.findings import naming, report

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
group_data_option = click.option(
    "--group-data",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="One more directory with settings like those in group_data/; repeatable.",
)
_WIDTH = 200


def wide() -> Console:
    """Standard output; a file or a pipe is wide enough for every table."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=_WIDTH)


class Reporting(Followed):
    """A command whose errors are objects with --json."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EnvivoError as error:
            env = ctx.params.get("env", "")
            error.args = tuple(naming(env, str(text)) for text in error.args)
            if ctx.params["as_json"]:
                problems = [asdict(problem) for problem in error.problems]
                click.echo(json.dumps(report(env, {}, (), ok=False, problems=problems)))
            raise
