"""The media host as it should be: pure functions from settings to files, configurations and services."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import yaml

from envivo.artifacts import Artifacts
from envivo.operations.account import Account
from envivo.operations.files import Directory, File
from envivo.operations.stack import Service
from envivo.operations.switch import Config
from envivo.places import ETC, OPT, PROJECT, ROOT, VAR
from envivo.render import render, render_revised, revision
from roles.environment import Environment
from roles.media.settings import UID

ACCOUNT = Account("envivo", uid=UID)
COMPOSE_FILE = f"{OPT}/stack/compose.yml"
PLAYER = f"{OPT}/player"
RECORDINGS = f"{VAR}/recordings"
MEDIAMTX_DIRECTORY = f"{ETC}/mediamtx"
CADDY_DIRECTORY = f"{ETC}/caddy"
ADMIN_SOCKET = "/run/caddy/admin.sock"

PAGE_SUFFIXES = (".css", ".html", ".js", ".svg")
"""Of what belongs to the page; an editor's backups do not."""

BUSYBOX_GET = "busybox wget -q -T 2 -O -"


def directories() -> list[Directory | File]:
    return [
        Directory(f"{OPT}/stack"),
        Directory(MEDIAMTX_DIRECTORY, mode="750", group=ACCOUNT.name),
        Directory(CADDY_DIRECTORY, mode="750", group=ACCOUNT.name),
        Directory(RECORDINGS, mode="750", owner=ACCOUNT.name, group=ACCOUNT.name),
    ]


def page(hls_js: Path) -> list[Directory | File]:
    """The static pages and the library that they play HLS with."""
    player = ROOT / "player"
    sources = {path.relative_to(player): path for path in sorted(player.rglob("*")) if path.suffix in PAGE_SUFFIXES}
    sources[Path("vendor/hls.min.js")] = hls_js
    folders = {PLAYER, *(f"{PLAYER}/{parent}" for path in sources for parent in path.parents if parent != Path())}
    return [
        *(Directory(folder, exclusive=folder == PLAYER) for folder in sorted(folders)),
        *(File(f"{PLAYER}/{path}", source.read_bytes()) for path, source in sources.items()),
    ]


def mediamtx_config(settings: Environment, artifacts: Artifacts) -> Config:
    content, its = render_revised("media/mediamtx.yml.j2", mediamtx=settings.mediamtx)
    return _config(
        name="MediaMTX",
        service="mediamtx",
        live=f"{MEDIAMTX_DIRECTORY}/mediamtx.yml",
        content=content,
        revision=its,
        ask=f"{BUSYBOX_GET} http://127.0.0.1:{settings.mediamtx.api_port}/v3/config/global/get",
        reload=":",  # it watches the file
        image=artifacts.mediamtx.reference,
        binary="/mediamtx",
        mounted_at="/conf",
        judge="/conf/mediamtx.yml",
        judge_ready="[API] started with listener",
        scratch=f"--tmpfs /recordings:uid={UID}",
    )


def caddy_config(settings: Environment, artifacts: Artifacts) -> Config:
    content, its = render_revised(
        "media/Caddyfile.j2",
        site=f":{settings.web.port}",
        webrtc_port=settings.mediamtx.webrtc.port,
        hls_port=settings.mediamtx.hls.port,
        web_root="/srv",
        admin_socket=ADMIN_SOCKET,
    )
    caddyfile = "--config /etc/caddy/Caddyfile --adapter caddyfile"
    label = "--filter label=com.docker.compose"
    container = f'"$(docker ps -q {label}.project={PROJECT} {label}.service=web)"'
    caddy = f"docker exec {container} /usr/bin/caddy"
    return _config(
        name="Caddy",
        service="web",
        live=f"{CADDY_DIRECTORY}/Caddyfile",
        content=content,
        revision=its,
        ask=f"{BUSYBOX_GET} http://127.0.0.1:{settings.web.port}/healthz",
        reload=f"{caddy} reload {caddyfile} --address unix/{ADMIN_SOCKET} >/dev/null 2>&1 || true",
        image=artifacts.caddy.reference,
        binary="/usr/bin/caddy",
        mounted_at="/etc/caddy",
        judge=f"validate {caddyfile}",
        judge_ready="",
        scratch=f"--cap-add NET_BIND_SERVICE -e XDG_DATA_HOME=/data -e XDG_CONFIG_HOME=/data --tmpfs /data:uid={UID}",
    )


def _config(*, live: str, content: str, revision: str, ask: str, **box: str) -> Config:
    """`box`: what templates/media/switch.sh.j2 needs to have the content judged, and the service reload it."""
    config = Config(live, content, mode="640", owner="root", group=ACCOUNT.name, revision=revision, ask=ask)
    script = render("media/switch.sh.j2", config=config, staging=f"{ETC}/.staged", uid=UID, **box)
    return replace(config, script=script)


def compose(settings: Environment, artifacts: Artifacts) -> tuple[str, Mapping[str, str]]:
    """compose.yml, in which each service carries the revision of its own definition, and those revisions."""

    def rendered(revisions: Mapping[str, str]) -> str:
        return render(
            "media/compose.yml.j2",
            project=PROJECT,
            uid=UID,
            images=artifacts,
            mediamtx=settings.mediamtx,
            web=settings.web,
            mediamtx_directory=MEDIAMTX_DIRECTORY,
            caddy_directory=CADDY_DIRECTORY,
            player=PLAYER,
            recordings=RECORDINGS,
            revisions=SimpleNamespace(**revisions),
        )

    services = yaml.safe_load(rendered({"mediamtx": "", "web": ""}))["services"]
    revisions = {name: revision(yaml.safe_dump(definition)) for name, definition in services.items()}
    return rendered(revisions), revisions


def services(artifacts: Artifacts, revisions: Mapping[str, str], mediamtx: Config, caddy: Config) -> dict[str, Service]:
    return {
        "mediamtx": Service(revisions["mediamtx"], artifacts.mediamtx.image_id, mediamtx.ask, mediamtx.revision),
        "web": Service(revisions["web"], artifacts.caddy.image_id, caddy.ask, caddy.revision),
    }
