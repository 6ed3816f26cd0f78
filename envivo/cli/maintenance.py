"""`envivo maintenance ENV on|off`: show viewers a notice in place of pictures."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from envivo import inventory
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.core.errors import EnvivoError
from envivo.remote import remote_shells
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.orchestration.control.maintenance import Switched


def _text(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    if not value:
        return ""
    from envivo.roles.media.maintenance import LONGEST

    if len(value) > LONGEST or not value.isprintable():
        raise click.BadParameter(f"must be one line of at most {LONGEST} characters")
    return value


@click.command(cls=Reporting, short_help="Show viewers a notice in place of pictures.")
@click.argument("env")
@click.argument("state", metavar="on|off", type=click.Choice(["on", "off"]))
@click.option("--say", metavar="TEXT", callback=_text, help="Text of your own in the notice, such as 'back at noon'.")
@json_option
@group_data_option
def command(env: str, state: str, say: str, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Show a maintenance notice on the pages in place of pictures.

    Publishing, recording and RTSP continue. The notice stays until you turn it off, also after deploys and reboots, and
    while MediaMTX is stopped. Open pages show it within seconds. Once it is off, they show pictures again by
    themselves.
    """
    if say and state == "off":
        raise EnvivoError(
            "--say", 'can only be used with "on"', f"to switch it off: envivo maintenance {env} off", exit_code=2
        )
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
            switched = maintenance.switch(place, state == "on", say)
    if as_json:
        own = {"maintenance": state, "already": switched.already, "ended_viewers": switched.ended}
        click.echo(json.dumps(report(env, read.described, (), **own)))
    else:
        click.echo(f"{place.name}: {words(env, state == 'on', switched)}")


def words(env: str, on: bool, switched: "Switched") -> str:
    before, already, ended = switched
    if not on:
        return f"maintenance is off{' already' if already else '; open pages show pictures again within seconds'}"
    viewers = "1 WebRTC session was ended" if ended == 1 else f"{ended} WebRTC sessions were ended"
    done = before.words.replace("is on", "is on already", 1) if already and before else f"maintenance is on; {viewers}"
    return f"{done}. To end it: envivo maintenance {env} off"
