"""`envivo urls ENV`: lines for the programs that people publish and watch with."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from envivo import inventory
from envivo.cli.reporting import Reporting, json_option
from envivo.clients import MASK, ProgramRow
from envivo.clients.text import text
from envivo.core.errors import EnvivoError
from envivo.core.names import ensure_known
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.orchestration.environment import Environment
    from envivo.roles.media.settings import Media
    from envivo.state.endpoints import Endpoints


def rows(media: Media, endpoints: Endpoints, show_secrets: bool) -> list[ProgramRow]:
    from envivo.clients import rows as programs  # slow to load, as is the next one
    from envivo.clients.endpoints import path_endpoints

    return [row for path in path_endpoints(media, endpoints, show_secrets) for row in programs.rows(path)]


@click.command("urls", cls=Reporting, short_help="Print URLs to watch and to publish.")
@click.argument("env")
@click.argument("path", required=False)
@click.option("--show-secrets", is_flag=True, help="Print the passwords too.")
@click.option("--authority", is_flag=True, help="Print only the CA certificate, to install on viewers' computers.")
@json_option
def command(env: str, path: str | None, show_secrets: bool, authority: bool, as_json: bool) -> None:
    """Print where to watch each path (the name of a stream), and how to publish to it; with PATH, only for that one.

    Covers the page, mpv, ffplay, VLC, GStreamer, OBS and ffmpeg.
    """
    file = inventory.named(env)
    from envivo.orchestration import validation  # slow to load, as is the next one
    from envivo.orchestration.hosts import endpoints_of, media_of, settings_of

    read = validation.read(file)
    settings = settings_of(read, media_of(read))
    endpoints = endpoints_of(read)
    root = settings.web.tls.root if settings.web.domain else ""
    if authority:
        if not root:
            raise EnvivoError(
                "--authority", f"{env} has no private certificate authority", "leave the option out", exit_code=2
            )
        click.echo(root, nl=False)
        return
    if path:
        ensure_known(path, f"{env} has no such path", settings.media.mediamtx.paths)
    found = [row for row in rows(settings.media, endpoints, show_secrets) if path in (None, row.path)]
    if as_json:
        hosts = {endpoints.media_host: {"address": endpoints.address}}
        click.echo(json.dumps(report(env, hosts, (), authority=root, urls=[asdict(row) for row in found])))
        return
    for line in text(found):
        click.echo(line)
    for line in ending(env, settings, show_secrets):
        click.echo(line)


def ending(env: str, settings: Environment, show_secrets: bool) -> list[str]:
    """Notes on all lines."""
    lines = ["While a command runs, other users of that computer can see the password in the process list."]
    if settings.web.domain and settings.web.tls.root:
        file = f"/usr/local/share/ca-certificates/envivo-{env}.crt"
        lines += [
            "A private authority signs the certificates. On each computer, once, as root (Debian; not for browsers):",
            f"    save the output of `envivo urls {env} --authority` as {file}",
            "    update-ca-certificates",
        ]
    if not show_secrets:
        lines.append(f"{MASK} hides a password. To print it: envivo urls {env} --show-secrets")
    return ["", *lines]
