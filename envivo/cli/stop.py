"""`envivo stop ENV [NAME]`: stop programs until a person starts them."""

from pathlib import Path

import click

from envivo.cli.controlling import control, env_argument, name_argument
from envivo.cli.reporting import Reporting, group_data_option, json_option, yes_option


@click.command(cls=Reporting, short_help="Stop programs until you start them again.")
@env_argument
@name_argument
@yes_option
@json_option
@group_data_option
def command(env: str, name: str | None, yes: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Stop programs (clients first, then their servers). They stay stopped until `envivo start`.

    NAME: a program, a camera or a host, as in envivo logs. Without it: agents, MediaMTX, Caddy and coturn on all hosts.
    Reboots and deploys do not start them. If viewers are connected, envivo asks first.
    """
    control("stop", env, name or "", yes, as_json, group_data)
