"""What the deploy makes of bench1, as plain lists: for those who have to reach the same state by other means."""

import platform
import runpy
from dataclasses import dataclass

from envivo.artifacts import ARCHITECTURES, Artifacts, ensure
from envivo.config.lazy import LazySettings
from envivo.core.paths import COMPOSE_FILE, ETC, OPT, VAR
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.roles import roles_of
from envivo.roles.camera import desired as camera
from envivo.roles.media import desired as media
from envivo.roles.media import guard, limits, recordings_mount
from envivo.state.desired import Account, Directory, File, Service, Unit
from envivo.state.endpoints import LOOPBACK

GROUPS = ("media", "cameras")
HOST = "bench1"
BEFORE_CONTAINERS = (limits.unit(), recordings_mount.unit())


@dataclass(frozen=True)
class DesiredState:
    packages: list[str]
    accounts: list[Account]
    files: list[Directory | File]
    artifacts: Artifacts
    services: dict[str, Service]
    units: list[Unit]


def lab_settings() -> Environment:
    draft = runpy.run_path(str(ROOT / "group_data" / "lab.py"))["settings"]
    assert isinstance(draft, LazySettings)
    settings = draft.read()
    assert isinstance(settings, Environment)
    return settings


def desired_state(settings: Environment) -> DesiredState:
    """Of one host that is in all groups, and of this machine's architecture as lab hosts are."""
    artifacts = ensure(ARCHITECTURES[platform.machine()])
    own, agents = settings.media, settings.agents
    mediamtx, caddy = media.mediamtx_config(own, artifacts), media.caddy_config(own, artifacts)
    compose, revisions = media.compose(own, artifacts)
    book = placement.endpoints(settings, HOST, LOOPBACK)
    here = placement.context(settings, HOST, {group: [HOST] for group in GROUPS}, book, artifacts)
    configs = [File(one.path, one.content.encode(), mode="640", group=media.ACCOUNT.name) for one in (mediamtx, caddy)]
    return DesiredState(
        packages=list(placement.needs(here, roles_of(settings, GROUPS)).packages),
        accounts=[media.ACCOUNT, camera.ACCOUNT],
        files=[
            *(Directory(path) for path in (ETC, OPT, VAR)),
            *media.directories(),
            *media.access(own),
            *media.page(artifacts.hls_js),
            File(COMPOSE_FILE, compose.encode()),
            recordings_mount.file(),
            *limits.files(own),
            *guard.files(COMPOSE_FILE, sorted(revisions)),
            *configs,
            *(camera.files(agents, here) if settings.cameras else ()),
        ],
        artifacts=artifacts,
        services=media.services(artifacts, revisions, mediamtx, caddy),
        units=[Unit("docker.service"), *BEFORE_CONTAINERS, guard.unit(), *camera.units(agents, here)],
    )
