"""`envivo deploy ENV`: plan, lock, pyinfra, verify; roll back to the previous release if that fails."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from envivo import inventory
from envivo.cli.changing import Screen, agree, ensure_agreed, print_end
from envivo.cli.reporting import Reporting, group_data_option, json_option, yes_option
from envivo.core.errors import EnvivoError
from envivo.plan.planning import planner
from envivo.remote import RemoteShell, remote_shells

if TYPE_CHECKING:
    from envivo.inventory import Inventory
    from envivo.orchestration.deploying.hosts import Ended
    from envivo.plan.proposal import Proposal


@click.command("deploy", cls=Reporting, short_help="Deploy, verify, and roll back on failure.")
@click.argument("env")
@yes_option
@click.option("--no-verify", is_flag=True, help="Do not verify afterwards. Only a failed step then causes a rollback.")
@json_option
@group_data_option
def command(env: str, yes: bool, no_verify: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Deploy an environment, and verify that viewers see moving pictures. Rolls back if a step fails, or if something
    that worked before the deploy does not work after it.

    Shows the plan, and asks before it interrupts viewers. Runs the project's hooks: hooks/pre-deploy before
    the deploy, hooks/post-deploy or hooks/deploy-failed after it. Exit code 0 if everything is deployed and verified, 1
    with the cause if not.
    """
    file = inventory.named(env)
    screen, began = Screen(), time.monotonic()
    with planner(inventory.place_of(file), group_data) as plans:
        with screen.status(f"reading {env}"):
            from envivo.orchestration import validation  # slow to load, as is the next one
            from envivo.orchestration.planning import proposals

            read = validation.read(file, group_data)
        with screen.status(f"planning {env}"):
            found = proposals(read, plans)
    _ensure_possible(read, found)
    if not any(proposal.changes or proposal.unknown for proposal in found):
        sys.exit(_nothing_to_do(read, screen, began, not no_verify, as_json))
    _show(env, found, screen)
    if not yes:
        _ensure_left_stopped(env, [line for proposal in found for line in proposal.plan.stopped])
    with remote_shells(read.hosts) as shells:
        if not yes:
            _ensure_no_downgrade(env, shells)
            _ensure_viewers_agree(read, shells, [cost.words for proposal in found for cost in proposal.costs])
        ended = _deploy(read, shells, screen, not no_verify)
    sys.exit(print_end(read, "deploy", ended, time.monotonic() - began, as_json))


def _ensure_possible(read: Inventory, found: Sequence[Proposal]) -> None:
    """Raises EnvivoError where a host would refuse the deploy, or a server cannot be looked at: nothing has changed."""
    from envivo.orchestration import placement

    servers = placement.servers(read.groups)
    for proposal in found:
        stops = [finding for finding in proposal.findings if finding is not proposal.unknown]
        if proposal.unknown and proposal.host in servers:
            stops.append(proposal.unknown)
        if stops:
            raise EnvivoError(stops[0].host, stops[0].message, stops[0].fix)


def _ensure_left_stopped(env: str, stays: Sequence[str]) -> None:
    """Ask whether programs that a person stopped may stay stopped. Raises EnvivoError (exit code 2) if not."""
    if stays and sys.stdin.isatty() and not click.confirm("Stopped programs stay stopped. Continue?", err=True):
        raise EnvivoError(f"deploy to {env}", "cancelled", f"envivo start {env}, then deploy again", exit_code=2)


def _ensure_no_downgrade(env: str, shells: Mapping[str, RemoteShell]) -> None:
    """Ask before older programs replace newer ones. Raises EnvivoError (exit code 2) if they must not, or nobody can be
    asked."""
    from envivo.artifacts import lock
    from envivo.orchestration.deploying import downgrade, releases
    from envivo.orchestration.everywhere import everywhere

    references = {item.reference for arch in lock.ARCHS for item in lock.load().items(arch)}
    had, _ = everywhere(shells, releases.kept)
    if not (found := downgrade.downgrades(had, version("envivo"), references)):
        return
    what, fix = f"this installs {'; '.join(found)}", "upgrade envivo on this computer, or add --yes"
    agree(f"deploy to {env}", what, fix)


def _ensure_viewers_agree(read: Inventory, shells: dict[str, RemoteShell], costs: Sequence[str]) -> None:
    """Ask before viewers are interrupted. Raises EnvivoError (exit code 2) if they must not be."""
    from envivo.orchestration.target import places
    from envivo.orchestration.watching import sessions

    if costs:
        ensure_agreed(f"deploy to {read.env}", sessions(places(read, shells)), "; ".join(dict.fromkeys(costs)))


def _nothing_to_do(read: Inventory, screen: Screen, began: float, verify: bool, as_json: bool) -> int:
    from envivo.cli.checking import print_report, run_with_progress
    from envivo.orchestration.verification import planned

    screen.say(f"{read.env}: nothing to deploy")
    results = run_with_progress(read, planned, "verifying", screen.console) if verify else {}
    return print_report(read, results, time.monotonic() - began, as_json) if verify or as_json else 0


def _show(env: str, found: Sequence[Proposal], screen: Screen) -> None:
    from envivo.plan.rendering import rendered

    for line in rendered(env, found):
        screen.console.print(Text(line.text, line.style), soft_wrap=True)


def _deploy(read: Inventory, shells: dict[str, RemoteShell], screen: Screen, verify: bool) -> Ended:
    from envivo.operations import lease
    from envivo.orchestration.deploying import hooks
    from envivo.orchestration.deploying.hosts import Hosts
    from envivo.orchestration.deploying.running import deploy

    mine = lease.ours()
    variables = {"ENVIVO_ENV": read.env, "ENVIVO_HOSTS": ",".join(shells), "ENVIVO_PERFORMER": mine.owner}
    hooks.run("pre-deploy", variables)
    ended = deploy(Hosts(read, shells, mine, screen), verify)
    variables["ENVIVO_RELEASE"] = str(ended.release)
    if ended.findings:
        variables["ENVIVO_CAUSE"] = str(ended.findings[0])
    screen.hook("deploy-failed" if ended.findings else "post-deploy", variables)
    return ended
