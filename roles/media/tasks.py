"""MediaMTX and Caddy in Compose: configuration first, each judged before it is used, then the containers."""

from pyinfra.api import deploy

from envivo.artifacts import Artifacts
from envivo.operations.account import account
from envivo.operations.files import File, files
from envivo.operations.images import images
from envivo.operations.stack import stack
from envivo.operations.switch import switch
from envivo.places import PROJECT
from roles.environment import Environment
from roles.media import desired


@deploy("Media")
def media(settings: Environment, artifacts: Artifacts) -> None:
    mediamtx = desired.mediamtx_config(settings, artifacts)
    caddy = desired.caddy_config(settings, artifacts)
    compose, revisions = desired.compose(settings, artifacts)

    account(name="Make the account of the containers", wanted=desired.ACCOUNT)
    images(name="Load the images", wanted=[artifacts.mediamtx, artifacts.caddy])
    files(
        name="Write the compose file and the pages",
        wanted=[
            *desired.directories(),
            *desired.page(artifacts.hls_js),
            File(desired.COMPOSE_FILE, compose.encode()),
        ],
    )
    switch(name="Switch to mediamtx.yml", config=mediamtx)
    switch(name="Switch to Caddyfile", config=caddy)
    stack(
        name="Run the containers until they are healthy",
        compose_file=desired.COMPOSE_FILE,
        project=PROJECT,
        services=desired.services(artifacts, revisions, mediamtx, caddy),
    )
