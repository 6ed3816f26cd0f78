"""`envivo rollback ENV`: hosts get a former release back, from what they keep themselves."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from envivo import inventory
from envivo.cli.changing import Screen, end_report, ensure_agreed, print_end
from envivo.cli.reporting import Reporting, group_data_option, json_option, yes_option
from envivo.remote import remote_shells

if TYPE_CHECKING:
    from envivo.orchestration.deploying.hosts import Ended


@click.command("rollback", cls=Reporting, short_help="Roll all hosts back to an earlier release.")
@click.argument("env")
@click.option("--to", type=click.IntRange(1), metavar="N", help="Release to roll back to; default: the previous one.")
@yes_option
@json_option
@group_data_option
def command(env: str, to: int | None, yes: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Roll all hosts back to an earlier release, and verify it.

    A release is the state that an earlier deploy left on the hosts: `envivo history` lists them.
    Files, units and images come from the hosts themselves, which keep five releases. Installed packages and
    your project's settings do not change: the next deploy applies your settings again.
    """
    file = inventory.named(env)
    screen, began = Screen(), time.monotonic()
    with screen.status(f"reading {env}"):
        from envivo.operations import lease
        from envivo.orchestration import validation  # slow to load, as is the next one
        from envivo.orchestration.deploying import releases
        from envivo.orchestration.deploying.destination import destination
        from envivo.orchestration.deploying.hosts import Ended, Hosts
        from envivo.orchestration.deploying.running import rollback
        from envivo.orchestration.everywhere import everywhere
        from envivo.orchestration.target import places
        from envivo.orchestration.watching import sessions

        read = validation.read(file, group_data)
    with remote_shells(read.hosts) as shells:
        hosts = Hosts(read, shells, lease.ours(), screen)
        with screen.status(f"looking at {env}"):
            had, silent = everywhere(shells, releases.kept)
        unknown = Ended(silent, begun=False)
        if any(finding.host in hosts.servers for finding in silent):
            sys.exit(print_end(read, "rollback", unknown, time.monotonic() - began, as_json))
        number, back = destination(env, had, to)
        if not back and silent:
            sys.exit(print_end(read, "rollback", unknown, time.monotonic() - began, as_json))
        if not back:
            sys.exit(_nothing_to_do(read, Ended([], number), time.monotonic() - began, as_json))
        if not yes:
            what, now = f"roll back {env} to release {number}", sessions(places(read, shells))
            ensure_agreed(what, now, "viewers of all that differs from that release")
        ended = rollback(hosts, number)
    sys.exit(print_end(read, "rollback", ended, time.monotonic() - began, as_json))


def _nothing_to_do(read: inventory.Inventory, stands: "Ended", seconds: float, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(end_report(read, stands, seconds)))
    else:
        click.echo(f"{read.env}: release {stands.release} is already deployed, so nothing was rolled back")
        click.echo(f"to undo changes by hand: envivo plan {read.env}, then envivo deploy {read.env}")
    return 0
