"""`envivo support-bundle ENV`: one archive for those who help, without secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

from envivo import inventory
from envivo.cli.checking import as_report, run_with_progress
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.core.errors import EnvivoError
from envivo.core.sizes import size
from envivo.remote import remote_shells
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.inventory import Inventory
    from envivo.orchestration.support.collecting import Part
    from envivo.orchestration.target import Place
    from envivo.orchestration.verification import Planned

_HOUR_S = 3600
_ABOUT = """A support bundle of envivo for the environment {env}, made {at}.

*** replaces the secrets that envivo knows, and everything that looks like a secret: keys, cookies, credentials. Session
ids are cut off. {addresses}
Other secrets may remain: read through the archive before you share it.

versions.txt    of this computer
settings.json, inventory.json
status.json, history.json, verify.json, plan.json, check.json    what these commands say with --json
hosts/NAME/     of each host: logs.txt (programs), journal.txt, kernel.txt (warnings), units.txt, docker.json,
                docker.txt, nft.txt, listeners.txt, addresses.txt, resources.txt, os-release, deploys.txt (when files
                were deployed), files/ (configurations); error.txt where it did not answer
"""


@click.command(cls=Reporting, short_help="Collect logs and states without secrets.")
@click.argument("env")
@click.option("--to", type=click.Path(path_type=Path), metavar="FILE", help="Archive to write; it must not exist yet.")
@click.option(
    "--hours", type=click.IntRange(1, 24 * 31), default=24, show_default=True, help="Hours of logs to collect."
)
@click.option(
    "--keep-addresses", is_flag=True, help="Keep the IP addresses of viewers and others; default: numbers replace them."
)
@json_option
@group_data_option
def command(
    env: str, to: Path | None, hours: int, keep_addresses: bool, as_json: bool, group_data: tuple[Path, ...]
) -> None:
    """Collect logs, states and configurations of this computer and all hosts in one archive without secrets.

    If a host does not answer, the archive says so. Read through the archive before you share it. Changes nothing on
    hosts.
    """
    file = inventory.named(env)
    to = to or Path(f"envivo-{env}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.tar.gz")
    _ensure_free(to)
    console = Console(stderr=True, highlight=False)
    with console.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load, as is the next one

        read = validation.read(file, group_data)
        from envivo.orchestration.support import bundle, collecting
        from envivo.orchestration.support.redaction import Redaction
        from envivo.orchestration.target import places
    with remote_shells(read.hosts) as shells:
        hosts = places(read, shells)
        collected = _collected(read, hosts, hours, console)
        parts = [_about(env, keep_addresses), *collecting.of_controller(read), *collected]
        silent = [part.name.split("/")[1] for part in parts if part.name.endswith("/error.txt")]
        former = collecting.former_secrets([host for host in hosts if host.name not in silent])
        redaction = Redaction([*collecting.known_secrets(read), *former],
                              None if keep_addresses else collecting.own_addresses(read, parts))  # fmt: skip
    with console.status(f"writing {escape(str(to))}"):
        written = bundle.write(to, redaction, parts)
    click.get_current_context().params["to"] = to
    if as_json:
        click.echo(json.dumps(report(env, read.described, (), file=str(to), contents=written, silent=silent)))
        return
    click.echo(f"{to}: {len(written)} files, {size(to.stat().st_size)}")
    for line in _summary(written):
        click.echo(f"  {line}")
    for name in silent:
        click.echo(f"  {name} did not answer: hosts/{name}/error.txt says why")
    click.echo("The archive contains no secret that envivo knows, but other secrets may remain.")


def _ensure_free(to: Path) -> None:
    """Raises EnvivoError (exit code 2)."""
    if to.exists():
        raise EnvivoError(f"--to {to}", "already exists", "name another file", exit_code=2)
    if not to.absolute().parent.is_dir():
        raise EnvivoError(f"--to {to}", "its directory does not exist", f"mkdir {to.parent}", exit_code=2)


def _about(env: str, keep_addresses: bool) -> Part:
    from envivo.orchestration.support.collecting import Part

    kept = (
        "IP addresses are kept."
        if keep_addresses
        else "Numbers replace IP addresses that do not belong to the environment."
    )
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    return Part("README.txt", _ABOUT.format(env=env, at=at, addresses=kept))


def _collected(read: Inventory, hosts: Sequence[Place], hours: int, console: Console) -> Iterator[Part]:
    from envivo.cli import history, plan, status
    from envivo.orchestration import prerequisites, verification
    from envivo.orchestration.overview import overview
    from envivo.orchestration.planning import look
    from envivo.orchestration.support import collecting

    shells = {host.name: host.shell for host in hosts}
    with console.status(f"asking {', '.join(shells)}"):
        yield from collecting.of_hosts(hosts, hours * _HOUR_S)
        yield _reported("status", lambda: status.as_report(read.env, read.described, overview(hosts)))
        yield _reported("history", lambda: history.as_report(read, history.kept_by(read.env, shells)))
    with console.status(f"planning {read.env}"):
        yield _reported("plan", lambda: plan.as_report(read, look(read)))
    for name, verb, planned in (
        ("verify", "verifying", verification.planned),
        ("check", "checking", prerequisites.planned),
    ):
        yield _reported(name, partial(_checked, read, planned, verb, console))


def _checked(read: Inventory, planned: Planned, verb: str, console: Console) -> dict[str, Any]:
    return as_report(read, run_with_progress(read, planned, verb, console))


def _reported(name: str, reported: Callable[[], dict[str, Any]]) -> Part:
    """Output of the command with --json, or why there is none."""
    from envivo.orchestration.support.collecting import Part

    try:
        said = reported()
    except EnvivoError as error:
        said = {"ok": False, "error": str(error)}
    return Part(f"{name}.json", json.dumps(said))


def _summary(written: dict[str, int]) -> Iterator[str]:
    """Files of configurations counted, the others by name."""
    folders: dict[str, list[str]] = {}
    for name in written:
        host, inside = name.split("/")[1:3] if name.startswith("hosts/") else ("", name)
        folders.setdefault(f"hosts/{host}: " if host else "", []).append(inside)
    for folder, names in folders.items():
        number = names.count("files")
        listed = [name for name in names if name != "files"] + ([f"{number} configurations"] if number else [])
        yield f"{folder}{', '.join(listed)}"
