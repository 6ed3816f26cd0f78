"""`envivo lab`: the target hosts of the lab environment, made on this machine."""

import json
import os
import sys

import click

from envivo import inventory
from envivo.cli.reporting import Reporting
from envivo.lab import life, routes, topology, wan
from envivo.verify.findings import Finding, report


def _topology(_context: click.Context, _parameter: click.Parameter, name: str | None) -> topology.Topology | None:
    return topology.named(name) if name else None


_one = click.option(
    "--topology",
    default=lambda: os.environ.get("ENVIVO_TOPOLOGY") or topology.DEFAULT,
    callback=_topology,
    help=f"which hosts: {', '.join(topology.TOPOLOGIES)}",
)
_one_or_all = click.option("--topology", callback=_topology, help="only these hosts, not the whole lab")


@click.group()
def command() -> None:
    """Make, show and remove the lab hosts."""
    inventory.ensure_project()  # which keeps the lab's keys


@command.command()
@_one
@click.option("--ready", is_flag=True, help="with the packages of all roles, not bare: a deploy takes 10 s")
def up(topology: topology.Topology, ready: bool) -> None:
    """Make the hosts, or what is missing of them."""
    ranges = life.up(topology, with_packages=ready)
    for host in topology.hosts:
        click.echo(f"{host.name}: {host.address(ranges)} ({', '.join(host.groups)})")


@command.command()
@_one_or_all
def down(topology: topology.Topology | None) -> None:
    """Remove the hosts and, with the last, everything that the lab made."""
    life.down(topology)


@command.command(cls=Reporting)
@_one
@click.option("--json", "as_json", is_flag=True, help="for machines")
def status(topology: topology.Topology, as_json: bool) -> None:
    """Show the hosts; exit code 1 where one of them is not up."""
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


@command.command()
@click.argument("mode", type=click.Choice(routes.MODES))
def viewers(mode: routes.Mode) -> None:
    """Say what the viewers' router of the topology wan lets through."""
    wan.viewers_may(mode)
