"""`envivo remove ENV [HOST]`: takes away from hosts what deploys have brought."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from envivo.cli.reporting import Reporting, group_data_option, json_option, yes_option
from envivo.core.errors import EnvivoError
from envivo.remote import RemoteShell, remote_shells
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.orchestration.removing.hosts import Losses, Removed, Targets
    from envivo.orchestration.removing.kept import Preview
    from envivo.orchestration.removing.seen import Seen


@click.command("remove", cls=Reporting, short_help="Remove envivo from hosts.")
@click.argument("env")
@click.argument("host", required=False)
@click.option(
    "--purge", is_flag=True,
    help="Also delete recordings, certificates, the rest of envivo's data, its users and its images, and unmask the"
    " services coturn and fail2ban.",
)  # fmt: skip
@yes_option
@json_option
@group_data_option
def command(env: str, host: str | None, purge: bool, yes: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Remove envivo from all hosts or from one. HOST may also be a host that you deleted from the inventory.

    Packages stay installed. Recordings, certificates and other data stay too, unless you add --purge. Exit code 0 if
    everything else is removed. If the command is interrupted, run it again.
    """
    progress = Console(stderr=True, highlight=False)
    with progress.status(f"reading {env}"):
        from envivo.orchestration.removing import hosts as removing  # slow to load
        from envivo.orchestration.removing.kept import kept, preview

        wanted = removing.targets(env, host, group_data)
    everything = {part.name: part for part in (*wanted.hosts, *(wanted.read.hosts if wanted.read else ()))}
    with remote_shells(list(everything.values())) as shells:
        names = [part.name for part in wanted.hosts]
        with progress.status(escape(f"looking at {', '.join(names)}"[: progress.width - 4])):
            lost = removing.losses(wanted, shells)
            seen, results = _looked_at(names, shells)
        with_something = [name for name in names if name in seen and not removing.has_nothing(seen[name], purge)]
        if with_something and not yes:
            previews = {name: preview(seen[name], purge) for name in with_something}
            silent = [str(finding) for row in results for finding in row.findings]
            options = [option for option, given in (("--purge", purge), ("--yes", True)) if given]
            agreed = shlex.join(["envivo", "remove", *filter(None, [env, host]), *options])
            _ask(wanted, previews, silent, lost, agreed, as_json)
        if not (with_something or yes):
            results += [removing.Removed(name, stays=kept(found, purge)) for name, found in seen.items()]
            seen = {}
        with progress.status(f"removing {env}") as status, ThreadPoolExecutor(len(names)) as pool:

            def say(words: str) -> None:
                status.update(escape(words[: progress.width - 4]))

            def away(name: str) -> "Removed":
                ports = lost.ports.get(name, frozenset())
                return removing.remove(everything[name], shells[name], purge, ports, say)

            results += pool.map(away, [name for name in names if name in seen])
    removing.note(env, results, purge)
    _print(wanted, results, purge, as_json)
    sys.exit(1 if any(result.findings for result in results) else 0)


def _looked_at(names: Sequence[str], shells: Mapping[str, RemoteShell]) -> tuple[dict[str, "Seen"], list["Removed"]]:
    """What hosts have, and those that could not be looked at."""
    from envivo.orchestration.removing import hosts as removing

    def look(name: str) -> "Seen | Removed":
        try:
            return removing.looked_at(name, shells[name])
        except EnvivoError as error:
            return removing.unreachable(name, error)

    with ThreadPoolExecutor(len(names)) as pool:
        found = dict(zip(names, pool.map(look, names), strict=True))
    seen = {name: answer for name, answer in found.items() if not isinstance(answer, removing.Removed)}
    return seen, [answer for answer in found.values() if isinstance(answer, removing.Removed)]


def _ask(
    wanted: "Targets",
    previews: Mapping[str, "Preview"],
    silent: Sequence[str],
    lost: "Losses",
    agreed: str,
    as_json: bool,
) -> None:
    """Show what would be done, and ask. `agreed`: the command that does not ask. Raises EnvivoError (exit code 2) where
    nobody can be asked, or says no."""
    asks = sys.stdin.isatty() and not as_json
    what = "nothing was removed, because envivo cannot ask without a terminal"
    refusal = EnvivoError(f"remove {wanted.env}", what, agreed, exit_code=2)
    if as_json:
        rows = {name: found.row for name, found in previews.items()}
        problems = [asdict(problem) for problem in refusal.problems]
        hosts = {host.name: {"address": host.address, "groups": list(host.groups)} for host in wanted.hosts}
        own = {"ok": False, "problems": problems, "would": rows, "stops": list(lost.words), "unreachable": list(silent)}
        click.echo(json.dumps(report(wanted.env, hosts, (), **own)))
        click.echo(refusal, err=True)
        sys.exit(refusal.exit_code)  # its object is printed
    from envivo.orchestration.removing.kept import preview_lines

    click.echo(f"{wanted.env}: this removes envivo from {', '.join(previews)}", err=asks)
    for line in [*lost.words, *silent]:
        click.echo(f"  {line}", err=asks)
    for name, found in previews.items():
        for line in preview_lines(name, found, _purge(wanted.env, name)):
            click.echo(f"  {line}", err=asks)
    if not asks:
        raise refusal
    if not click.confirm("Remove it?", err=True):
        raise EnvivoError(wanted.env, "cancelled", "nothing has changed", exit_code=2)


def _purge(env: str, host: str) -> str:
    return f"envivo remove {env} {host} --purge"


def _print(wanted: "Targets", results: Sequence["Removed"], purge: bool, as_json: bool) -> None:
    from envivo.orchestration.removing.kept import words as kept_words

    findings = [finding for result in results for finding in result.findings]
    if as_json:
        hosts = {host.name: {"address": host.address, "groups": list(host.groups)} for host in wanted.hosts}
        removed = {result.host: result.row for result in results}
        click.echo(json.dumps(report(wanted.env, hosts, findings, removed=removed)))
        return
    for result in results:
        if result.findings:
            continue
        what = f"removed {', '.join(result.removed)}" if result.removed else "nothing of envivo was found"
        click.echo(f"{result.host}: {what}")
        for line in kept_words(result.stays, _purge(wanted.env, result.host)):
            click.echo(f"  {line}")
    for finding in findings:
        click.echo(click.style(str(finding), fg="red"))
