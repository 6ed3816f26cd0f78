"""`envivo lab`: the target hosts of the lab environment, created on this machine."""

import json
import os
import sys

import click

from envivo import inventory
from envivo.cli.following import Followed
from envivo.cli.reporting import Reporting, json_option
from envivo.cli.suggesting import Suggesting
from envivo.lab import life, routes, topology, wan
from envivo.verify.findings import Finding, report


def _topology(_context: click.Context, _parameter: click.Parameter, name: str | None) -> topology.Topology | None:
    return topology.named(name) if name else None


_one = click.option(
    "--topology",
    default=lambda: os.environ.get("ENVIVO_TOPOLOGY") or topology.DEFAULT,
    callback=_topology,
    help="\b\nSet of hosts; default: what the variable ENVIVO_TOPOLOGY names, else the first of:\n"
    + "\n".join(f"{name:8} {each.about}" for name, each in topology.TOPOLOGIES.items()),
)
_one_or_all = click.option(
    "--topology",
    callback=_topology,
    help="Remove only this set of hosts (`envivo lab up --help` lists them); default: the whole lab.",
)


@click.group(cls=Suggesting, short_help="Create, show and remove lab hosts.")
def command() -> None:
    """Create, show and remove lab hosts."""
    inventory.ensure_project()  # which keeps the lab's keys


@command.command(cls=Followed, short_help="Create missing hosts, and start stopped ones.")
@_one
@click.option("--ready", is_flag=True, help="Create hosts with all packages preinstalled, so that a deploy takes 10 s.")
def up(topology: topology.Topology, ready: bool) -> None:
    """Create missing hosts, and start stopped ones."""
    ranges = life.up(topology, with_packages=ready)
    for host in topology.hosts:
        click.echo(f"{host.name}: {host.address(ranges)} ({', '.join(host.groups)})")


@command.command(cls=Followed, short_help="Remove the hosts.")
@_one_or_all
def down(topology: topology.Topology | None) -> None:
    """Remove the hosts. Removing the last also removes the lab's networks, images and keys. If the lab started the
    Docker Engine, this stops it; Docker stays installed."""
    life.down(topology)


@command.command(cls=Reporting, short_help="Show the hosts.")
@_one
@json_option
def status(topology: topology.Topology, as_json: bool) -> None:
    """Show the hosts. Exit code 1 if one does not run."""
    hosts = life.status(topology)
    findings = [
        Finding(name, "host-not-up", f"is {host['state']}", topology.up)
        for name, host in hosts.items()
        if host["state"] != "up"
    ]
    if as_json:
        click.echo(json.dumps(report("lab", hosts, findings, topology=topology.name)))
    else:
        for name, host in hosts.items():
            click.echo(f"{name}: {host['state']}, {host['address'] or 'no address'} ({', '.join(host['groups'])})")
    sys.exit(1 if findings else 0)


@command.command(cls=Followed, short_help="Put the lab's viewers behind a firewall.")
@click.argument("mode", type=click.Choice(routes.MODES))
def viewers(mode: routes.ViewerMode) -> None:
    """Put the viewers of the topology wan behind a firewall: choose what their router lets through.

    \b
    open         everything
    no-udp       everything but UDP
    no-8189      everything but port 8189
    no-udp-8189  neither UDP nor port 8189
    tcp-8189     only TCP to 443 and 8189
    turns-only   only TCP to 443 and 5349 (TURN inside TLS)
    https-only   only TCP to 443
    """
    wan.viewers_may(mode)
