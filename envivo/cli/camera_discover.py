"""`envivo camera discover ENV`: ONVIF cameras of the camera hosts' networks, with the addresses of their streams."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from rich.console import Console
from rich.markup import escape

from envivo import inventory
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.core.errors import EnvivoError
from envivo.core.names import ensure_known
from envivo.remote import remote_shells
from envivo.verify.findings import Finding, naming, report

if TYPE_CHECKING:
    from envivo.orchestration.environment import Environment
    from envivo.roles.camera.discover import Discovered, Discovery


class Row(NamedTuple):
    """A camera that was found by a host. `name`, `entry`: a proposal for the settings, where there is one."""

    host: str
    camera: Discovered
    configured: list[str]
    name: str
    entry: Mapping[str, str]

    def as_json(self, env: str) -> dict[str, Any]:
        found = {**self.camera.model_dump(exclude={"kind"}), "fix": naming(env, self.camera.fix)}
        own = {"configured": self.configured, "entry_name": self.name if self.entry else "", "entry": dict(self.entry)}
        return {"host": self.host, **found, **own}


@click.command(cls=Reporting, short_help="List ONVIF cameras, with their streams.")
@click.argument("env")
@click.option("--host", "chosen", metavar="HOST", multiple=True, help="Search from this camera host; repeatable.")
@click.option("--user", help="Log in to the cameras as this user; the password is asked, or read from a pipe.")
@click.option("--address", "only", metavar="ADDRESS", multiple=True, help="Log in to this camera only; repeatable.")
@json_option
@group_data_option
def discover(
    env: str,
    chosen: tuple[str, ...],
    user: str | None,
    only: tuple[str, ...],
    as_json: bool,
    group_data: tuple[Path, ...],
) -> None:
    """List the IP cameras in each camera host's networks, with the addresses of their streams.

    Finds cameras by ONVIF, a protocol that most IP cameras speak. The host searches, for 4 seconds, in each of its IPv4
    networks; nothing has to be deployed to it. Most cameras tell their streams only after a login: give its user with
    --user. The command then asks for the password, or reads it from a pipe.

    For each camera, the command prints an entry for `cameras` in the settings. Exit code 1 if no camera was found, or
    if one did not tell its streams, unless only the login is missing.
    """
    if only and not user:
        raise click.UsageError("--address is for --user: whom to log in as")
    file = inventory.named(env)
    console = Console(stderr=True, highlight=False)
    with console.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
    from pydantic import SecretStr

    from envivo.orchestration.everywhere import everywhere
    from envivo.orchestration.hosts import settings_of
    from envivo.roles.camera import discover as cameras

    known = [host for host in read.hosts if "cameras" in host.groups]
    if not known:
        raise EnvivoError(read.place, "has no camera hosts", "list one in the group cameras", exit_code=2)
    for name in chosen:
        ensure_known(name, f"is not a camera host of {env}", [host.name for host in known])
    hosts = [host for host in known if not chosen or host.name in chosen]
    if user and not cameras.is_user(user):
        raise EnvivoError(
            "--user",
            "cannot be the user of a camera",
            "give visible ASCII characters without a colon",
            exit_code=2,
        )
    password = SecretStr(password_of(user) if user else "")
    with remote_shells(hosts) as shells, console.status(escape(f"{', '.join(shells)}: searching")):
        names = {shell: name for name, shell in shells.items()}
        answers, found = everywhere(
            shells, lambda shell: cameras.discover(shell, names[shell], user or "", password, only)
        )
    found += [answer for answer in answers.values() if isinstance(answer, Finding)]
    seen = {name: answer for name, answer in answers.items() if not isinstance(answer, Finding)}
    found += [finding for name, answer in seen.items() for finding in cameras.problems(name, answer)]
    found += cameras.unseen(seen, only)

    def login(address: str) -> str:
        return (user or "") if not only or address in only else ""

    rows = _rows(settings_of(read, known[0]), seen, login, len(known) > 1)
    if as_json:
        listed = [row.as_json(env) for own in rows.values() for row in own]
        more = {name: answer.more for name, answer in seen.items() if answer.more}
        searched = {name: answer.interfaces for name, answer in seen.items()}
        click.echo(json.dumps(report(env, read.described, found, cameras=listed, more=more, searched=searched)))
    else:
        _print(env, seen, rows, found)
    sys.exit(1 if found else 0)


def _rows(
    settings: Environment, seen: Mapping[str, Discovery], user: Callable[[str], str], several: bool
) -> dict[str, list[Row]]:
    """By host. `user`: the one that a camera was asked as; `several`: whether entries have to name their host."""
    from envivo.roles.camera import discover as cameras

    found = [camera for answer in seen.values() for camera in answer.cameras]
    names = cameras.names(found, {*settings.cameras, *settings.mediamtx.paths})

    def row(host: str, camera: Discovered) -> Row:
        configured = cameras.configured(settings.cameras, camera.address)
        best = None if configured else camera.best
        entry = cameras.entry(best, user(camera.address), host if several else "") if best else {}
        return Row(host, camera, configured, names[camera.address], entry)

    return {host: [row(host, camera) for camera in answer.cameras] for host, answer in seen.items()}


def _print(
    env: str, seen: Mapping[str, Discovery], rows: Mapping[str, Sequence[Row]], found: Sequence[Finding]
) -> None:
    for name, answer in seen.items():
        count = f"{len(rows[name])} {'camera' if len(rows[name]) == 1 else 'cameras'}"
        click.echo(f"{name}: {count} on {', '.join(answer.interfaces) or 'no network'}")
        for row in rows[name]:
            for line in _lines(env, row):
                click.echo(f"  {line}")
        if answer.more:
            click.echo(f"  at least {answer.more} more answered, which are not listed")
    for finding in found:
        click.echo(finding.of(env))


def _lines(env: str, row: Row) -> Iterator[str]:
    from envivo.roles.camera.discover import as_python

    camera = row.camera
    yield "  ".join(word for word in (camera.address, camera.title, camera.service) if word)
    for stream in camera.streams:
        yield f"  {stream.name or 'no name'}: {stream.words}: {stream.problem or stream.url}"
    if camera.kind == "password-wanted":
        yield f"  {camera.problem}: {naming(env, camera.fix)}"
    if row.configured:
        yield f"  already in the settings: {', '.join(row.configured)}"
    elif row.entry:
        yield f"  {as_python(row.name, row.entry)}"


def password_of(user: str) -> str:
    """From the terminal, or the first line of standard input. Raises EnvivoError (exit code 2)."""
    try:
        typed = getpass.getpass(f"Password of {user}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except EOFError:
        typed = ""
    if not (typed and typed.isprintable()):
        fix = "type it, or give it as a line: envivo camera discover ENV --user NAME < FILE"
        raise EnvivoError("--user", "there is no password on standard input", fix, exit_code=2)
    return typed
