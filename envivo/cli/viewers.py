"""`envivo viewers ENV [PATH]`: who watches, and ending that."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from envivo import inventory
from envivo.cli.reporting import Reporting, group_data_option, json_option, wide
from envivo.core.errors import EnvivoError
from envivo.core.moments import moment
from envivo.core.names import ensure_known
from envivo.core.sizes import size
from envivo.probes.sessions import Session
from envivo.remote import remote_shells
from envivo.status.rows import span
from envivo.verify.findings import report

_SHORT = 8
"""Characters of an id that are shown; `--kick` takes as many as are needed to tell it from others."""


@click.command("viewers", cls=Reporting, short_help="List viewers, and end their sessions.")
@click.argument("env")
@click.argument("path", required=False)
@click.option("--kick", "ids", metavar="ID", multiple=True, help="End this session; repeatable.")
@click.option("--kick-all", is_flag=True, help="End all listed sessions.")
@json_option
@group_data_option
def command(
    env: str, path: str | None, ids: tuple[str, ...], kick_all: bool, as_json: bool, group_data: tuple[Path, ...]
) -> None:
    """List who watches: since when, over which transport, from where. --kick ends sessions.

    PATH is the name of a stream: the command then lists only its viewers.

    If you end the session of a page, the page starts a new one. To keep a viewer out, change the path's password.
    """
    file = inventory.named(env)
    progress = Console(stderr=True, highlight=False)
    with progress.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
        from envivo.orchestration.target import media_place, places
        from envivo.roles.media.viewers import end, viewers
    with remote_shells(read.hosts) as shells:
        place = media_place(places(read, shells))
        media = place.target(place.settings.media)
        if path:
            ensure_known(path, f"{env} has no such path", media.settings.mediamtx.paths)
        with progress.status(f"asking {place.name}"):
            now, found = viewers(media, path or "")
            chosen = found if kick_all else list(dict.fromkeys(_chosen(part, found) for part in ids))
            left = end(media, chosen) if chosen else []
    ended = [session for session in chosen if session not in left]
    if as_json:
        own = {"viewers": [_row(session) for session in found], "ended": [session.id for session in ended]}
        click.echo(json.dumps(report(env, read.described, (), **own)))
        return
    for session in ended:
        click.echo(f"ended: {session.id[:_SHORT]} ({session.path}, {session.way}, {session.address})")
    for session in left:
        click.echo(f"already gone: {session.id[:_SHORT]}")
    if not chosen:
        _print(env, path, found, now)


def _chosen(part: str, found: Sequence[Session]) -> Session:
    """The session whose id begins so. Raises EnvivoError (exit code 2)."""
    fitting = [session for session in found if session.id.startswith(part)]
    if len(fitting) == 1 and part:
        return fitting[0]
    what = (
        "no session has an id that begins with this"
        if not fitting or not part
        else f"{len(fitting)} ids begin with this"
    )
    raise EnvivoError(part or "--kick", what, "use an id that envivo viewers ENV lists", exit_code=2)


def _row(session: Session) -> dict[str, object]:
    return {name: value for name, value in asdict(session).items() if name not in ("kind", "publishes")}


def _print(env: str, path: str | None, found: Sequence[Session], now: float) -> None:
    where = f"{env}, {path}" if path else env
    number = "nobody watches" if not found else f"{len(found)} {'viewer' if len(found) == 1 else 'viewers'}"
    click.echo(f"{where}: {number}")
    if not found:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("id", "path", "for", "transport", "from", "user", "sent", "program"):
        table.add_column(heading, overflow="fold")
    for session in found:
        since, sent = span(now - moment(session.since)), size(session.sent_bytes)
        cells = (session.id[:_SHORT], session.path, since, session.way, session.address, session.user, sent)
        table.add_row(*(Text(cell) for cell in (*cells, session.program)))
    wide().print(table)
