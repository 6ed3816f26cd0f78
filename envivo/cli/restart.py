"""`envivo restart ENV [NAME]`: restart programs."""

from pathlib import Path

import click

from envivo.cli.controlling import control, env_argument, name_argument
from envivo.cli.reporting import Reporting, group_data_option, json_option, yes_option


@click.command(cls=Reporting, short_help="Restart programs.")
@env_argument
@name_argument
@yes_option
@json_option
@group_data_option
def command(env: str, name: str | None, yes: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Restart programs (servers first, then their clients), and wait until they work again.

    NAME: a program, a camera or a host, as in envivo logs. Without it: agents, MediaMTX, Caddy and coturn on all hosts.
    If viewers are connected, envivo asks first. Programs that were stopped with `envivo stop` do not
    start.
    """
    control("restart", env, name or "", yes, as_json, group_data)
