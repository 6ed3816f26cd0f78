"""Commands with --json, whose errors are JSON objects too."""

import json
from dataclasses import asdict
from typing import Any

import click

from envivo.core.errors import EnvivoError
from envivo.verify.findings import report


class Reporting(click.Command):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EnvivoError as error:
            if ctx.params["as_json"]:
                problems = [asdict(problem) for problem in error.problems]
                click.echo(json.dumps(report(ctx.params.get("env", ""), {}, (), ok=False, problems=problems)))
            raise
