"""`envivo start ENV [NAME]`: start stopped programs."""

from pathlib import Path

import click

from envivo.cli.controlling import control, env_argument, name_argument
from envivo.cli.reporting import Reporting, group_data_option, json_option


@click.command(cls=Reporting, short_help="Start stopped programs.")
@env_argument
@name_argument
@json_option
@group_data_option
def command(env: str, name: str | None, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Start stopped programs (servers first, then their clients), and wait until they work.

    NAME: a program, a camera or a host, as in envivo logs. Without it: all programs on all hosts.
    """
    control("start", env, name or "", True, as_json, group_data)
