"""`envivo maintenance ENV on|off`: viewers read an announcement in place of pictures."""

import json
from pathlib import Path

import click
from rich.console import Console

from envivo import inventory
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.core.errors import EnvivoError
from envivo.remote import remote_shells
from envivo.verify.findings import report


def _text(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    if not value:
        return ""
    from envivo.roles.media.maintenance import LONGEST

    if len(value) > LONGEST or not value.isprintable():
        raise click.BadParameter(f"is not one line of at most {LONGEST} characters")
    return value


@click.command(cls=Reporting)
@click.argument("env")
@click.argument("state", metavar="on|off", type=click.Choice(["on", "off"]))
@click.option("--say", metavar="TEXT", callback=_text, help="What viewers read beside it, such as 'back at noon'.")
@json_option
@group_data_option
def command(env: str, state: str, say: str, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Tell viewers on the pages that there is maintenance, in place of pictures, until it is off.

    Publishing, recording and RTSP go on. It stays on over deploys and reboots, and works while MediaMTX is stopped.
    Pages that are open say it within seconds, and show pictures again by themselves.
    """
    if say and state == "off":
        raise EnvivoError("--say", "is for viewers while it is on", f"envivo maintenance {env} off", exit_code=2)
    file = inventory.named(env)
    progress = Console(stderr=True, highlight=False)
    with progress.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
        from envivo.orchestration.control import maintenance
        from envivo.orchestration.target import media_place, places
    with remote_shells(read.hosts) as shells:
        place = media_place(places(read, shells))
        with progress.status(f"telling {place.name}"):
            ended = maintenance.switch(place, state == "on", say)
    if as_json:
        click.echo(json.dumps(report(env, read.described, (), maintenance=state, ended_viewers=ended)))
    elif state == "on":
        viewers = "1 WebRTC session was ended" if ended == 1 else f"{ended} WebRTC sessions were ended"
        click.echo(f"{place.name}: maintenance is on; {viewers}. To end it: envivo maintenance {env} off")
    else:
        click.echo(f"{place.name}: maintenance is off; open pages show pictures again within seconds")
