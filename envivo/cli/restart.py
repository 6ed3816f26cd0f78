"""`envivo restart ENV [NAME]`: restart programs."""

from pathlib import Path

import click

from envivo.cli.controlling import control, env_argument, name_argument
from envivo.cli.reporting import Reporting, group_data_option, json_option, yes_option


@click.command(cls=Reporting)
@env_argument
@name_argument
@yes_option
@json_option
@group_data_option
def command(env: str, name: str | None, yes: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Restart programs, servers before their clients, and wait until they work again.

    NAME: a program, a camera or a host, as in envivo logs. Without it: agents, MediaMTX, Caddy and coturn on all hosts.
    If viewers are connected, envivo asks first. Programs that a person stopped stay stopped.
    """
    control("restart", env, name or "", yes, as_json, group_data)
