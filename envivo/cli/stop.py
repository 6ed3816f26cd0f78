"""`envivo stop ENV [NAME]`: stopped until a person starts it."""

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
    """Stop programs, clients before their servers. They stay stopped over reboots and deploys, until envivo start.

    NAME: a program, a camera or a host, as in envivo logs. Without it: agents, MediaMTX, Caddy and coturn on all hosts.
    It asks first if viewers are connected.
    """
    control("stop", env, name or "", yes, as_json, group_data)
