"""`envivo urls ENV`: where to look, and where to publish."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import click

from envivo import inventory
from envivo.errors import EnvivoError
from envivo.findings import report
from roles.environment import Environment
from roles.target import settings_of


class Url(NamedTuple):
    path: str
    what: str
    url: str


def urls(settings: Environment, address: str) -> Iterator[Url]:
    """Every way to the paths of a media host that is reached at `address`; no credentials."""
    mediamtx, web = settings.mediamtx, f"http://{address}:{settings.web.port}"
    for path in mediamtx.paths:
        yield Url(path, "page, WebRTC", f"{web}/web/player.html?path={path}")
        yield Url(path, "page, HLS", f"{web}/web/hls.html?path={path}")
        yield Url(path, "recordings", f"{web}/recordings/{path}/")
        yield Url(path, "WHEP", f"{web}/webrtc/whep/{path}")
        yield Url(path, "HLS", f"{web}/hls/{path}/index.m3u8")
        yield Url(path, "RTSP", f"rtsp://{address}:{mediamtx.rtsp_port}/{path}")
        yield Url(path, "RTMP", f"rtmp://{address}:{mediamtx.rtmp_port}/{path}")


@click.command("urls")
@click.argument("env")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(env: str, as_json: bool) -> None:
    """Where to look at an environment's cameras, and where to publish to."""
    media = next((host for host in inventory.read(inventory.named(env)).hosts if "media" in host.groups), None)
    if media is None:
        raise EnvivoError(f"inventories/{env}.py", "has no host in the group media", "list one", exit_code=2)
    found = list(urls(settings_of(env, media), media.address))
    if as_json:
        click.echo(
            json.dumps(report(env, {media.name: {"address": media.address}}, (), urls=[u._asdict() for u in found]))
        )
        return
    for url in found:
        click.echo(f"{url.path}  {url.what:13} {url.url}")
