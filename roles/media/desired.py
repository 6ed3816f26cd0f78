"""The media host as it should be: pure functions from settings to files, configurations and services."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import yaml

from envivo.artifacts import Artifacts
from envivo.containers import REVISION_LABEL, own
from envivo.operations.account import Account
from envivo.operations.files import Directory, File
from envivo.operations.kernel import KernelSetting
from envivo.operations.leftovers import Leftover
from envivo.operations.stack import Service
from envivo.operations.switch import Config
from envivo.places import ETC, OPT, PROJECT, ROOT, VAR
from envivo.render import bcrypted, render, render_revised, revision
from roles.certificates.desired import CADDY_DATA, MEDIAMTX_PAIR
from roles.environment import HTTP, Environment
from roles.media import guard
from roles.media.settings import UID, USER, Credentials

ACCOUNT = Account(USER, uid=UID)
COMPOSE_FILE = f"{OPT}/stack/compose.yml"
PLAYER = f"{OPT}/player"
RECORDINGS = f"{VAR}/recordings"
MEDIAMTX_DIRECTORY = f"{ETC}/mediamtx"
CADDY_DIRECTORY = f"{ETC}/caddy"
CADDY_TLS = f"{CADDY_DIRECTORY}/tls"
MONITOR = f"{ETC}/monitor.curl"
"""How curl asks MediaMTX's API; root's alone, since the API tells passwords of publishers and the secret of TURN."""
ADMIN_SOCKET = "/run/caddy/admin.sock"

PAGE_SUFFIXES = (".css", ".html", ".js", ".svg")
"""Of what belongs to the page; an editor's backups do not."""

CERTIFICATE_WITHIN_S = 90
WHY_NO_CERTIFICATE = (
    f"docker compose -f {COMPOSE_FILE} logs --no-log-prefix --since 5m web 2>/dev/null "
    """| grep -oE '"(error|detail)":"([^"\\\\]|\\\\.)*"' | tail -n 1"""
)
"""Caddy goes on trying, for days, and says why not only in its log (production.md 3)."""

BUSYBOX_GET = "busybox wget -q -T 2 -O -"


def directories() -> list[Directory | File]:
    return [
        Directory(f"{OPT}/stack"),
        Directory(MEDIAMTX_DIRECTORY, mode="750", group=ACCOUNT.name),
        Directory(CADDY_DIRECTORY, mode="750", group=ACCOUNT.name),
        Directory(RECORDINGS, mode="750", owner=ACCOUNT.name, group=ACCOUNT.name),
        # mounted also where there is nothing in them: an environment that gets TLS, or loses it, keeps its containers
        Directory(MEDIAMTX_PAIR.directory, mode="750", group=ACCOUNT.name),
        Directory(CADDY_DATA, mode="700", owner=ACCOUNT.name, group=ACCOUNT.name),
    ]


def access(settings: Environment) -> list[Directory | File]:
    """Passwords, keys and certificates that the deploy brings."""
    monitor, tls = settings.mediamtx.monitor, settings.web.tls
    words = f'user = "{monitor.user}:{monitor.password.get_secret_value()}"\nmax-time = 6\nsilent\n'
    texts = {
        "directory_ca.pem": tls.directory_ca if tls.issuer == "acme" else "",
        "root.pem": tls.root if tls.issuer == "internal" else "",
        "root_key.pem": tls.root_key.get_secret_value() if tls.issuer == "internal" else "",
        "certificate.pem": tls.certificate if tls.issuer == "files" else "",
        "key.pem": tls.key.get_secret_value() if tls.issuer == "files" else "",
    }
    return [
        File(MONITOR, words.encode(), mode="600"),
        Directory(CADDY_TLS, mode="750", group=ACCOUNT.name, exclusive=True),
        *(
            File(f"{CADDY_TLS}/{name}", text.encode(), mode="640", group=ACCOUNT.name)
            for name, text in texts.items()
            if settings.encrypted and text
        ),
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


def ask_api(settings: Environment, what: str) -> str:
    """The command that prints an answer of MediaMTX's API."""
    return f"curl -K {MONITOR} http://127.0.0.1:{settings.mediamtx.api_port}/v3/{what}"


def turn_urls(settings: Environment) -> list[str]:
    """What viewers are told of coturn, the quickest first."""
    turn = settings.turn
    if turn is None:
        return []
    return [
        f"turn:{turn.domain}:{turn.port}?transport=udp",
        f"turn:{turn.domain}:{turn.port}?transport=tcp",
        f"turns:{turn.domain}:{turn.tls_port}?transport=tcp",
    ]


def mediamtx_config(settings: Environment, artifacts: Artifacts) -> Config:
    content, its = render_revised(
        "media/mediamtx.yml.j2",
        mediamtx=settings.mediamtx,
        encrypted=settings.encrypted,
        plain_listen="127.0.0.1" if settings.encrypted else "",
        origins=list(settings.web.origins),
        public_address=settings.public_address,
        told_hosts=settings.told_hosts,
        turn=settings.turn,
        turn_urls=turn_urls(settings),
        certificate="/tls/server.crt",
        key="/tls/server.key",
    )
    return _config(
        name="MediaMTX",
        service="mediamtx",
        live=f"{MEDIAMTX_DIRECTORY}/mediamtx.yml",
        content=content,
        revision=its,
        # the answer as a whole holds TURN's secret, and pyinfra shows answers when it is asked to be verbose; a
        # MediaMTX that knows another password refuses with these words, and runs another configuration therefore
        ask=f"{ask_api(settings, 'config/global/get')} | grep -oE 'envivo-[0-9a-f]{{16}}|authentication error'",
        reload=":",  # it watches the file
        image=artifacts.mediamtx.reference,
        binary="/mediamtx",
        mounted_at="/conf",
        judge="/conf/mediamtx.yml",
        judge_ready="[API] started with listener",
        scratch=f"--tmpfs /recordings:uid={UID} -v {MEDIAMTX_PAIR.directory}:/tls:ro",
        beside="",
    )


def caddy_config(settings: Environment, artifacts: Artifacts, turn_here: bool = False) -> Config:
    """`turn_here`: coturn runs beside it, with a certificate of Caddy's."""
    turn_names = {settings.turn.domain} if settings.turn and turn_here else set()
    monitor = settings.mediamtx.monitor
    content, its = render_revised(
        "media/Caddyfile.j2",
        web=settings.web,
        webrtc_port=settings.mediamtx.webrtc.port,
        hls_port=settings.mediamtx.hls.port,
        web_root="/srv",
        admin_socket=ADMIN_SOCKET,
        api_port=settings.mediamtx.api_port,
        monitor=f"{monitor.user}:{monitor.password.get_secret_value()}",
        listed=listed(settings),
        paths=watched(settings),
        recordings=recordings(settings),
        # other files are another configuration, with which Caddy reads them
        pem_sha256=_pem_sha256(settings),
        other_names=sorted(turn_names - {settings.web.domain}),
    )
    caddyfile = "--config /etc/caddy/Caddyfile --adapter caddyfile"
    caddy = f'docker exec "$(docker ps -q {own(PROJECT, "web")} | head -n 1)" /usr/bin/caddy'
    return _config(
        name="Caddy",
        service="web",
        live=f"{CADDY_DIRECTORY}/Caddyfile",
        content=content,
        revision=its,
        ask=f"{BUSYBOX_GET} http://127.0.0.1:{settings.web.health_port}/healthz",
        reload=f"{caddy} reload {caddyfile} --address unix/{ADMIN_SOCKET} >/dev/null 2>&1 || true",
        image=artifacts.caddy.reference,
        binary="/usr/bin/caddy",
        mounted_at="/etc/caddy",
        judge=f"validate {caddyfile}",
        judge_ready="",
        scratch=f"--cap-add NET_BIND_SERVICE -e XDG_DATA_HOME=/data -e XDG_CONFIG_HOME=/data --tmpfs /data:uid={UID}",
        beside=CADDY_TLS,
    )


def _pem_sha256(settings: Environment) -> str:
    tls = settings.web.tls
    return hashlib.sha256("".join([tls.certificate, tls.root, tls.directory_ca]).encode()).hexdigest()


def listed(settings: Environment) -> str:
    """The paths that the page names to everybody, as JSON, and which of them ask for a password."""
    return json.dumps(
        [
            {"name": name, "locked": bool(path.viewers), "recordings_locked": bool(path.recordings_for)}
            for name, path in settings.mediamtx.paths.items()
            if path.listed
        ]
    )


def watched(settings: Environment) -> list[SimpleNamespace]:
    """Whom Caddy tells whether somebody publishes to a path: those who may watch it."""
    paths = settings.mediamtx.paths
    return [SimpleNamespace(name=name, people=_people(path.viewers)) for name, path in paths.items()]


def _people(named: Iterable[Credentials]) -> dict[str, str]:
    return {one.user: bcrypted(one.password) for one in named}


def recordings(settings: Environment) -> list[SimpleNamespace]:
    """Whom Caddy shows which recordings: the deepest paths first, at the end the lists above them.

    What is of no path, such as recordings of a former one, nobody sees.
    """
    paths = settings.mediamtx.paths
    people = {name: _people(path.recordings_for) for name, path in paths.items()}
    deepest_first = sorted(people, key=lambda name: (-name.count("/"), name))
    everybody = {user: hash_ for named in people.values() for user, hash_ in named.items()}
    above = {f"/recordings/{parent}/" for name in paths for parent in map(str, PurePosixPath(name).parents)}
    lists = sorted(place.replace("/./", "/") for place in above)
    return [
        *(
            SimpleNamespace(matches=[f"/recordings/{name}", f"/recordings/{name}/*"], people=people[name])
            for name in deepest_first
        ),
        SimpleNamespace(matches=lists, people=everybody),
    ]


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
            certificates=MEDIAMTX_PAIR.directory,
            caddy_data=CADDY_DATA,
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


LOW_PORTS = KernelSetting(
    # Caddy has no rights but its user's in a network that is the host's: 80 and 443 must be anybody's
    "net.ipv4.ip_unprivileged_port_start",
    value=str(HTTP),
    default="1024",
    file="/etc/sysctl.d/60-envivo.conf",
)
LOW_PORTS_LEFTOVER = Leftover("ports below 1024", paths=(LOW_PORTS.file,), undo=LOW_PORTS.undo)
LEFTOVER = Leftover(
    "MediaMTX and Caddy",
    paths=(f"{OPT}/stack", PLAYER, MEDIAMTX_DIRECTORY, CADDY_DIRECTORY, MONITOR, guard.UNIT_FILE),
    units=(guard.UNIT,),
    # those of former compose files too, but nothing that others have labelled so
    undo=f"ours=$(docker ps -aq {own(PROJECT)} --filter label={REVISION_LABEL}) && "
    '{ [ -z "$ours" ] || { docker stop -t 10 $ours && docker rm -f $ours; } >/dev/null; }',
)
