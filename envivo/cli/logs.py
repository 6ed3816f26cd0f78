"""`envivo logs ENV [NAME]`: log lines of all hosts, sorted by time."""

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from envivo import inventory
from envivo.cli.reporting import Reporting, group_data_option
from envivo.core.errors import EnvivoError
from envivo.remote import remote_shells
from envivo.status.journal import Line
from envivo.verify.findings import naming

_LAST = 100
_EVERY_S = 1.0
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")


def _since(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    """As journalctl(1) takes it: `-10m`, `@1764518400`."""
    if not value:
        return ""
    if re.fullmatch(r"\d+[smhd]", value):
        return f"-{value}"
    try:
        return f"@{datetime.fromisoformat(value).timestamp():.0f}"  # without a zone: this computer's
    except ValueError:
        raise click.BadParameter("write a time as 10m, 2h, 3d or 2026-11-30T12:00") from None


def _pattern(_context: click.Context, _parameter: click.Parameter, value: str | None) -> "re.Pattern[str]":
    try:
        return re.compile(value or "", 0 if re.search("[A-Z]", value or "") else re.IGNORECASE)
    except re.error as error:
        raise click.BadParameter(f"is not a regular expression: {error}") from None


@click.command("logs", cls=Reporting, short_help="Print log lines of all hosts, sorted by time.")
@click.argument("env")
@click.argument("name", required=False)
@click.option("--follow", "-f", is_flag=True, help="Keep printing new lines until Ctrl-C.")
@click.option("--since", callback=_since, help="Print lines since this time: 10m, 2h, 3d, 2026-11-30T12:00.")
@click.option("--grep", callback=_pattern, help="Print only lines that match this regular expression.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@group_data_option
def command(
    env: str,
    name: str | None,
    follow: bool,
    since: str,
    grep: "re.Pattern[str]",
    as_json: bool,
    group_data: tuple[Path, ...],
) -> None:
    """Print log lines of all hosts, sorted by time. NAME limits them to a host, a camera or a program.

    Programs are mediamtx, caddy, coturn and docker. NAME may also be another service of envivo:
    `envivo status --json` lists them.

    Without --since: the last 100 lines.
    """
    file = inventory.named(env)
    progress, out = Console(stderr=True, highlight=False), Console(highlight=False, soft_wrap=True)
    with progress.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
        from envivo.orchestration import logs
        from envivo.orchestration.target import places
    began = f"@{time.time():.0f}"
    with remote_shells(read.hosts) as shells:
        hosts = places(read, shells)
        asked = logs.sources(hosts, name or "")
        show: Callable[[Line], None] = _as_json if as_json else _Printer(out, [host.name for host in hosts])
        with progress.status(f"asking {', '.join(source.place.name for source in asked)}"):
            lines, errors = logs.read(asked, since)
        found = [line for line in lines if grep.search(line.text)]
        for line in found if since else found[-_LAST:]:
            show(line)
        said = _say(env, errors, set())
        with suppress(KeyboardInterrupt):
            while follow:
                time.sleep(_EVERY_S)
                lines, errors = logs.read(asked, began, logs.FOLLOWED_WITHIN_S)
                for line in lines:
                    if grep.search(line.text):
                        show(line)
                said = _say(env, errors, said)
    sys.exit(1 if errors else 0)


def _say(env: str, errors: Sequence[EnvivoError], said: set[str]) -> set[str]:
    """Each error once, for as long as it lasts."""
    for error in errors:
        if str(error) not in said:
            click.echo(naming(env, str(error)), err=True)
    return {str(error) for error in errors}


def _as_json(line: Line) -> None:
    click.echo(json.dumps({"time": line.time, "host": line.host, "program": line.program, "text": line.text}))


class _Printer:
    """Lines with host and program in colours of their own."""

    def __init__(self, out: Console, hosts: Sequence[str]) -> None:
        self._out = out
        self._colours: dict[str, str] = {}
        self._width = max(map(len, hosts))

    def __call__(self, line: Line) -> None:
        text = Text(f"{line.time} ", style="dim")
        text.append(f"{line.host:{self._width}} ", self._colour(line.host))
        text.append(f"{line.program} ", self._colour(line.program))
        text.append(line.text, "default not dim")
        self._out.print(text)

    def _colour(self, name: str) -> str:
        colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
        return f"{colour} not dim"
