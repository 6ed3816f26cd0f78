"""The media host as it should be: pure functions from settings to files, configurations and services."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import yaml

from envivo.artifacts import Artifacts, PinnedFile
from envivo.core.paths import COMPOSE_FILE, COMPOSE_PROJECT, ETC, OPT, STACK_UID, STACK_USER
from envivo.render import render, render_revised, revision
from envivo.roles.addresses import Followed, names
from envivo.roles.certificates.desired import CADDY_DATA
from envivo.roles.media import bans, doors, guard, limits, maintenance, passwords, retention, served, shown
from envivo.roles.media.recordings_mount import RECORDINGS, SHOWN, UNIT
from envivo.roles.media.settings import Media
from envivo.state import stopped
from envivo.state.certificates import InstalledCertificate
from envivo.state.containers import REVISION_LABEL, own
from envivo.state.desired import Account, Directory, File, KernelSetting, Removable, Service, ServiceConfig
from envivo.state.endpoints import HTTP

CALLED = {"mediamtx": "mediamtx", "web": "caddy"}
"""Service of the Compose project -> what people call it in all commands and all that these print."""
ACCOUNT = Account(STACK_USER, uid=STACK_UID)
PLAYER = f"{OPT}/player"
MEDIAMTX_DIRECTORY = f"{ETC}/mediamtx"
CADDY_DIRECTORY = f"{ETC}/caddy"
CADDY_TLS = f"{CADDY_DIRECTORY}/tls"
CERTIFICATE = InstalledCertificate(f"{ETC}/tls", STACK_USER)
"""MediaMTX watches the files itself."""
MONITOR = f"{ETC}/monitor.curl"
"""curl's configuration for MediaMTX's API. For root only: the API returns publishers' passwords and TURN's secret."""
ADMIN_SOCKET = "/run/caddy/admin.sock"

VENDOR = Path("vendor")
"""Directory below the page for third-party files."""

CERTIFICATE_WITHIN_S = 90
WHY_NO_CERTIFICATE = (
    f"docker compose -f {COMPOSE_FILE} logs --no-log-prefix --since 5m web 2>/dev/null "
    """| grep -oE '"(error|detail)":"([^"\\\\]|\\\\.)*"' | tail -n 1"""
)
"""Command that prints Caddy's last reason. Caddy retries for days, and only its log says why
(docs/notes/caddy.md#a-certificate-that-does-not-come)."""

RESTART_WEB = f"[ ! -e {COMPOSE_FILE} ] || docker compose -f {COMPOSE_FILE} restart web"
"""Command: Caddy reads its certificates when it starts."""

BUSYBOX_GET = "busybox wget -q -T 2 -O -"


def directories() -> list[Directory | File]:
    return [
        Directory(f"{OPT}/stack"),
        Directory(MEDIAMTX_DIRECTORY, mode="750", group=ACCOUNT.name),
        Directory(CADDY_DIRECTORY, mode="750", group=ACCOUNT.name),
        Directory(RECORDINGS, mode="750", owner=ACCOUNT.name, group=ACCOUNT.name),
        # mounted even if empty: an environment that gets TLS, or loses it, keeps its containers
        Directory(CERTIFICATE.directory, mode="750", group=ACCOUNT.name),
        Directory(CADDY_DATA, mode="700", owner=ACCOUNT.name, group=ACCOUNT.name),
    ]


def access(media: Media) -> list[Directory | File]:
    """Files with passwords, keys and certificates of the settings."""
    monitor, tls = media.mediamtx.monitor, media.web.tls
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
            if media.web.https and text
        ),
    ]


def page(hls_js: PinnedFile) -> list[Directory | File]:
    """The static pages and their HLS library. Raises EnvivoError where the library is not the pinned one."""
    contents = dict(served.files())
    contents[VENDOR / hls_js.path.name] = hls_js.read()
    folders = {PLAYER, *(f"{PLAYER}/{parent}" for path in contents for parent in path.parents if parent != Path())}
    return [
        *(Directory(folder, exclusive=folder == PLAYER) for folder in sorted(folders)),
        *(File(f"{PLAYER}/{path}", content) for path, content in contents.items()),
    ]


def followed(media: Media) -> Followed:
    return Followed("mediamtx", names([media.public_address]))


def ask_api(media: Media, what: str) -> str:
    """Command that prints an answer of MediaMTX's API."""
    return f"curl -K {MONITOR} http://127.0.0.1:{media.mediamtx.api_port}/v3/{what}"


def mediamtx_config(media: Media, artifacts: Artifacts) -> ServiceConfig:
    content, config_revision = render_revised(
        "media/mediamtx.yml.j2",
        image_id=artifacts.mediamtx.image_id,
        mediamtx=media.mediamtx,
        agents=media.agents,
        salt=passwords.salts(media),
        encrypted=media.encrypted,
        plain_listen="127.0.0.1" if media.encrypted else "",
        http_listen="127.0.0.1" if media.web.domain else "",
        proxies=list(media.web.trusted_proxies),
        origins=list(media.web.origins),
        public_address=media.public_address,
        advertised_hosts=media.advertised,
        relay=media.relay,
        certificate="/tls/server.crt",
        key="/tls/server.key",
    )
    return _config(
        name="MediaMTX",
        service="mediamtx",
        live=f"{MEDIAMTX_DIRECTORY}/mediamtx.yml",
        content=content,
        revision=config_revision,
        # the whole answer holds TURN's secret, and a verbose pyinfra shows answers; a MediaMTX that has another
        # password refuses with these words, which proves that it runs another configuration
        ask=f"{ask_api(media, 'config/global/get')} | grep -oE 'envivo-[0-9a-f]{{16}}|authentication error'",
        reload=":",  # it watches the file
        image=artifacts.mediamtx.reference,
        binary="/mediamtx",
        mounted_at="/conf",
        judge="/conf/mediamtx.yml",
        judge_ready="[API] started with listener",
        # a quieter one would not say that it is ready
        scratch=f"-e MTX_LOGLEVEL=info --tmpfs /recordings:uid={STACK_UID} -v {CERTIFICATE.directory}:/tls:ro",
        beside="",
    )


def caddy_config(media: Media, artifacts: Artifacts, other_names: Collection[str] = ()) -> ServiceConfig:
    """`other_names`: names for which Caddy obtains certificates on behalf of other services."""
    monitor = media.mediamtx.monitor
    content, config_revision = render_revised(
        "media/Caddyfile.j2",
        image_id=artifacts.caddy.image_id,
        web=media.web,
        webrtc_port=media.mediamtx.webrtc.port,
        hls_port=media.mediamtx.hls.port,
        web_root=shown.WEB_ROOT,
        admin_socket=ADMIN_SOCKET,
        api_port=media.mediamtx.api_port,
        monitor=f"{monitor.user}:{monitor.password.get_secret_value()}",
        doors=doors,
        nobodys_hash=doors.nobodys_hash(passwords.slow(media)),
        listed=shown.listed(media),
        paths=shown.watched(media),
        recordings=shown.recordings(media),
        no_recording=shown.NO_RECORDING,
        lists=shown.lists(media),
        # changed files change the configuration, so that Caddy reads them again
        pem_sha256=_pem_sha256(media),
        maintenance=maintenance.SERVED,
        other_names=sorted({*other_names} - {media.web.domain}),
    )
    caddyfile = "--config /etc/caddy/Caddyfile --adapter caddyfile"
    caddy = f'docker exec "$(docker ps -q {own(COMPOSE_PROJECT, "web")} | head -n 1)" /usr/bin/caddy'
    return _config(
        name="Caddy",
        service="web",
        live=f"{CADDY_DIRECTORY}/Caddyfile",
        content=content,
        revision=config_revision,
        ask=f"{BUSYBOX_GET} http://127.0.0.1:{media.web.health_port}/healthz",
        reload=f"{caddy} reload {caddyfile} --address unix/{ADMIN_SOCKET} >/dev/null 2>&1 || true",
        image=artifacts.caddy.reference,
        binary="/usr/bin/caddy",
        mounted_at="/etc/caddy",
        judge=f"validate {caddyfile}",
        judge_ready="",
        scratch="--cap-add NET_BIND_SERVICE -e XDG_DATA_HOME=/data -e XDG_CONFIG_HOME=/data "
        f"--tmpfs /data:uid={STACK_UID}",
        beside=CADDY_TLS,
    )


def _pem_sha256(media: Media) -> str:
    tls = media.web.tls
    return hashlib.sha256("".join([tls.certificate, tls.root, tls.directory_ca]).encode()).hexdigest()


def _config(*, live: str, content: str, revision: str, ask: str, **box: str) -> ServiceConfig:
    """`box`: values of templates/media/switch.sh.j2, which validates the content and has the service reload it."""
    config = ServiceConfig(live, content, mode="640", owner="root", group=ACCOUNT.name, revision=revision, ask=ask)
    script = render("media/switch.sh.j2", config=config, staging=f"{ETC}/.staged", uid=STACK_UID, **box)
    return replace(config, script=script)


def compose(media: Media, artifacts: Artifacts) -> tuple[str, Mapping[str, str]]:
    """compose.yml, in which each service is labelled with the revision of its definition, and those revisions."""

    def rendered(revisions: Mapping[str, str]) -> str:
        return render(
            "media/compose.yml.j2",
            project=COMPOSE_PROJECT,
            uid=STACK_UID,
            images=artifacts,
            mediamtx=media.mediamtx,
            web=media.web,
            certificates=CERTIFICATE.directory,
            hosts=f"{followed(media).state}/hosts" if followed(media).names else "",
            caddy_data=CADDY_DATA,
            mediamtx_directory=MEDIAMTX_DIRECTORY,
            caddy_directory=CADDY_DIRECTORY,
            player=PLAYER,
            recordings=RECORDINGS,
            memory=SimpleNamespace(**limits.MEMORY),
            processes=limits.PROCESSES,
            open_files=limits.OPEN_FILES,
            shown=SHOWN,
            mount_unit=UNIT,
            tags=bans,
            revisions=SimpleNamespace(**revisions),
        )

    services = yaml.safe_load(rendered({"mediamtx": "", "web": ""}))["services"]
    revisions = {name: revision(yaml.safe_dump(definition)) for name, definition in services.items()}
    return rendered(revisions), revisions


def services(
    artifacts: Artifacts, revisions: Mapping[str, str], mediamtx: ServiceConfig, caddy: ServiceConfig
) -> dict[str, Service]:
    return {
        name: Service(revisions[name], image.image_id, config.ask, config.revision, CALLED[name])
        for name, image, config in (("mediamtx", artifacts.mediamtx, mediamtx), ("web", artifacts.caddy, caddy))
    }


LOW_PORTS = KernelSetting(
    # Caddy runs unprivileged in the host's network: any user must be able to bind 80 and 443
    "net.ipv4.ip_unprivileged_port_start",
    value=str(HTTP),
    default="1024",
    file="/etc/sysctl.d/60-envivo.conf",
)
CERTIFICATE_REMOVABLE = Removable("certificate of MediaMTX", paths=(CERTIFICATE.certificate, CERTIFICATE.key))
LOW_PORTS_REMOVABLE = Removable("ports below 1024", paths=(LOW_PORTS.file,), teardown=LOW_PORTS.undo)
REMOVABLE = Removable(
    "MediaMTX and Caddy",
    paths=(f"{OPT}/stack", PLAYER, MEDIAMTX_DIRECTORY, CADDY_DIRECTORY, MONITOR, guard.UNIT_FILE),
    units=(guard.UNIT,),
    brings=(
        *(COMPOSE_FILE, guard.SCRIPT, retention.SCRIPT, f"{PLAYER}/*", f"{MEDIAMTX_DIRECTORY}/mediamtx.yml"),
        *(f"{CADDY_DIRECTORY}/Caddyfile", f"{CADDY_TLS}/*", maintenance.FILE),
    ),
    # also containers of former compose files, but none that only carry the label
    teardown=f"rm -f {stopped.file('mediamtx')} {stopped.file('web')} {maintenance.BY}; "
    "! command -v docker >/dev/null || "
    f"{{ ours=$(docker ps -aq {own(COMPOSE_PROJECT)} --filter label={REVISION_LABEL}) && "
    '{ [ -z "$ours" ] || { docker stop -t 10 $ours && docker rm -f $ours; } >/dev/null; }; }',
)
