"""`envivo check ENV`: whether settings and hosts are ready for a deploy."""

import json
import platform
import sys
import time
from pathlib import Path

import click
from rich.console import Console

from envivo import inventory
from envivo.cli.checking import print_report, run_with_progress
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.verify.findings import report


@click.command(cls=Reporting, short_help="Check settings and hosts before a deploy.")
@click.argument("env")
@click.option("--offline", is_flag=True, help="Check the settings only; connect to no host.")
@json_option
@group_data_option
def command(env: str, offline: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Check settings, then hosts, before a deploy. Prints all findings, each with a fix. Changes nothing on hosts.

    Exit code 1 if a host is not ready, 2 if the settings are wrong.
    """
    file = inventory.named(env)
    began = time.monotonic()
    console = Console(stderr=True, highlight=False)
    with console.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load, as are the checks

        read = validation.read(file, group_data)
    if offline:
        missing = _not_in_cache()
        if as_json:
            click.echo(json.dumps(report(env, read.described, (), checks=[], not_in_cache=missing)))
            return
        click.echo(f"{env}: the settings are valid")
        for name in missing:
            click.echo(f"warning: {name} is not in the cache, so a deploy downloads it: envivo artifacts fetch")
        return
    from envivo.orchestration import deployed_hosts
    from envivo.orchestration.prerequisites import planned

    results = run_with_progress(read, planned, "checking", console)
    sys.exit(print_report(read, results, time.monotonic() - began, as_json, left=deployed_hosts.warnings(read)))


def _not_in_cache() -> list[str]:
    """Artifacts for hosts of this machine's architecture; nobody knows that of hosts yet."""
    from envivo.artifacts import ARCHITECTURES, CACHE
    from envivo.artifacts.cache import Cache
    from envivo.artifacts.lock import architecture, load

    cache, machine = Cache(CACHE), ARCHITECTURES.get(platform.machine(), "")
    items = load().items(architecture(machine)) if machine else ()
    return [item.label for item in items if not cache.receipt(item)]
