"""`envivo status ENV`: one screen of what runs, who publishes and watches, and what is wrong."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from envivo import inventory
from envivo.cli.following import deploy_first
from envivo.cli.reporting import Reporting, group_data_option, wide
from envivo.remote import remote_shells
from envivo.status.rendering import as_data, rendered
from envivo.status.rows import HOSTS
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.orchestration.overview import Overview

_EVERY_S = 2.0


@click.command(cls=Reporting, short_help="Show on one screen what runs.")
@click.argument("env")
@click.option("--watch", is_flag=True, help="Refresh every two seconds until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with --watch, one per line.")
@group_data_option
def command(env: str, watch: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Show paths (names of streams), viewers, agents, containers, certificates and hosts on one screen. Exit code 1 if
    something is wrong.

    It looks once and does not wait: an agent that is still connecting is shown as not live. To prove that viewers see
    pictures, run envivo verify.
    """
    file = inventory.named(env)
    progress, out = Console(stderr=True, highlight=False), wide()
    with progress.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
        from envivo.orchestration.overview import overview
        from envivo.orchestration.target import places

    with remote_shells(read.hosts) as shells:
        hosts = places(read, shells)

        def look() -> Overview:
            return overview(hosts)

        with progress.status(f"asking {', '.join(host.name for host in hosts)}"):
            seen = look()
        show = partial(_print_json, env, read.described) if as_json else partial(_print, env, out)
        if not watch:
            show(seen)
        elif as_json or not out.is_terminal:
            seen = _repeat(look, show, seen)
        else:
            with Live(console=out, screen=True, auto_refresh=False) as live:
                seen = _repeat(look, lambda now: live.update(_screen(env, now), refresh=True), seen)
            show(seen)
    deploy_first(seen.findings)
    sys.exit(1 if seen.findings else 0)


def _repeat(look: Callable[[], Overview], show: Callable[[Overview], None], seen: Overview) -> Overview:
    """Until Ctrl-C; the last one."""
    with suppress(KeyboardInterrupt):
        while True:
            show(seen)
            time.sleep(_EVERY_S)
            seen = look()
    return seen


def _screen(env: str, seen: Overview) -> Group:
    return Group(*rendered(env, seen.rows, seen.findings, seen.notices))


def _print(env: str, out: Console, seen: Overview) -> None:
    for part in rendered(env, seen.rows, seen.findings, seen.notices):
        out.print(part, soft_wrap=isinstance(part, Text))  # a line that can be pasted


def _print_json(env: str, hosts: Mapping[str, Any], seen: Overview) -> None:
    click.echo(json.dumps(as_report(env, hosts, seen)))


def as_report(env: str, hosts: Mapping[str, Any], seen: Overview) -> dict[str, Any]:
    """For --json."""
    sections: dict[str, dict[str, Any]] = {**as_data(seen.rows)}
    known = {name: {**about, **sections.get(HOSTS, {}).get(name, {})} for name, about in hosts.items()}
    more: dict[str, object] = {section: rows for section, rows in sections.items() if section != HOSTS}
    more["notices"] = [asdict(notice.of(env)) for notice in seen.notices]
    return report(env, known, seen.findings, **more)
