"""`envivo rollback ENV`: hosts get a former release back, from what they keep themselves."""

import sys
import time
from pathlib import Path

import click

from envivo import inventory
from envivo.cli.changing import Screen, ensure_agreed, print_end
from envivo.cli.reporting import Reporting, group_data_option, json_option, yes_option
from envivo.remote import remote_shells


@click.command("rollback", cls=Reporting)
@click.argument("env")
@click.option("--to", type=click.IntRange(1), metavar="N", help="Release to roll back to; default: the previous one.")
@yes_option
@json_option
@group_data_option
def command(env: str, to: int | None, yes: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Roll all hosts back to an earlier release, and verify it. `envivo history` lists releases.

    Files, units and images come from the hosts themselves, which keep five releases. Installed packages and
    your project's settings do not change: the next deploy applies your settings again.
    """
    file = inventory.named(env)
    screen, began = Screen(), time.monotonic()
    with screen.status(f"reading {env}"):
        from envivo.operations import lease
        from envivo.orchestration import validation  # slow to load, as is the next one
        from envivo.orchestration.deploying.hosts import Hosts
        from envivo.orchestration.deploying.running import rollback
        from envivo.orchestration.target import places
        from envivo.orchestration.watching import sessions

        read = validation.read(file, group_data)
    with remote_shells(read.hosts) as shells:
        if not yes:
            now = sessions(places(read, shells))
            ensure_agreed(f"roll back {env}", now, "viewers of all that differs from that release")
        ended = rollback(Hosts(read, shells, lease.ours(), screen), to)
    sys.exit(print_end(read, "rollback", ended, time.monotonic() - began, as_json))
