"""MediaMTX and Caddy in Compose: first their configurations, validated before use, then the containers."""

from functools import partial

from pyinfra.api import deploy

from envivo.core.errors import EnvivoError
from envivo.core.paths import COMPOSE_FILE, COMPOSE_PROJECT, STACK_LOCK
from envivo.operations.certificates import ensure_temporary, wait_until_issued
from envivo.operations.files import files
from envivo.operations.images import images
from envivo.operations.kernel import kernel
from envivo.operations.say import say
from envivo.operations.stack import stack
from envivo.operations.switch import switch
from envivo.operations.units import units
from envivo.roles.certificates.desired import SCRIPT
from envivo.roles.media import bans, desired, forecast, guard, limits, recordings_mount, retention
from envivo.roles.media.settings import Media
from envivo.roles.role import Context
from envivo.state.desired import File


@deploy("Media")
def media(settings: Media, context: Context) -> None:
    artifacts, certificates = context.artifacts, context.certificates
    if artifacts is None:
        raise EnvivoError(context.host, "has no images", "fetch them: envivo.artifacts.ensure")
    names = [copy.name for copy in certificates.sources] if certificates else []
    following = desired.followed(settings)
    mediamtx = desired.mediamtx_config(settings, artifacts)
    caddy = desired.caddy_config(settings, artifacts, names)
    compose, revisions = desired.compose(settings, artifacts)

    images(name="Load images", wanted=[artifacts.mediamtx, artifacts.caddy])
    files(
        name="Write the compose file and the pages",
        wanted=[
            *desired.directories(),
            *desired.CERTIFICATE.files,
            *desired.access(settings),
            *desired.page(artifacts.hls_js),
            recordings_mount.file(),
            *(bans.files(settings) if settings.encrypted else []),
            File(COMPOSE_FILE, compose.encode()),
            *limits.files(settings),
            *guard.files(COMPOSE_FILE, sorted(revisions)),
            *retention.files(settings),
            *following.files(),
        ],
    )
    units(name="Limit connections per address", wanted=[limits.unit()])
    units(name="Mount the recordings for the page, without symbolic links", wanted=[recordings_mount.unit()])
    if settings.web.https:
        kernel(name="Allow Caddy to bind ports 80 and 443", wanted=desired.LOW_PORTS)
    if certificates:
        ensure_temporary(
            name="Create a temporary certificate for MediaMTX",
            needed=certificates.needed_by(desired.CERTIFICATE),
            script=SCRIPT,
        )
    if following.names:
        units(name="Follow the addresses of names", wanted=following.units())
    switch(name="Switch to mediamtx.yml", config=mediamtx)
    switch(name="Switch to Caddyfile", config=caddy)
    stack(
        name="Start the containers and wait until they are healthy",
        compose_file=COMPOSE_FILE,
        project=COMPOSE_PROJECT,
        lock=STACK_LOCK,
        services=desired.services(artifacts, revisions, mediamtx, caddy),
    )
    units(name="Restart containers that stop", wanted=[guard.unit()])
    units(name="Keep the recordings within their disk", wanted=[retention.unit()])
    say(name="Forecast the recordings", ask=forecast.ASK, words=partial(forecast.said, settings))
    if settings.encrypted:
        units(name="Ban addresses that guess passwords", wanted=[bans.unit()])
    if certificates:
        wait_until_issued(
            name="Wait for the certificates of the authority",
            needed=certificates.needed,
            script=SCRIPT,
            reason=desired.WHY_NO_CERTIFICATE,
            within_s=desired.CERTIFICATE_WITHIN_S,
        )
