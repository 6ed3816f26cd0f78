"""Every text that a deploy brings to the hosts of an environment, by host and name."""

from envivo.operations.certbot import command
from envivo.operations.files import Directory, File
from roles import placement
from roles.camera import desired as camera
from roles.certificates import desired as certificates
from roles.environment import Environment
from roles.media import desired as media
from roles.turn import desired as turn
from tests.unit.render.media_host import ARTIFACTS

Texts = dict[tuple[str, str], str]
"""(host, path of the file or what else it is) -> text."""


def three_machines(settings: Environment) -> Texts:
    found: Texts = {}
    for host, texts in (
        ("media", {**_certificates(settings, "media"), **_media(settings)}),
        ("turn", {**_certificates(settings, "turn"), **_turn(settings)}),
        ("camera", _files(camera.files(settings, settings.cameras, settings.web.domain))),
    ):
        found |= {(host, name): text for name, text in texts.items()}
    return found


def _files(files: list[Directory | File]) -> dict[str, str]:
    return {one.path: one.content.decode() for one in files if isinstance(one, File)}


def _certificates(settings: Environment, role: str) -> dict[str, str]:
    wanted = placement.certificates(settings, [role])
    assert wanted is not None
    texts = _files(certificates.files(wanted))
    if wanted.certbot:
        texts["certbot"] = command(wanted.certbot, certificates.SCRIPT).replace(" ", "\n")
    return texts


def _media(settings: Environment) -> dict[str, str]:
    mediamtx, caddy = media.mediamtx_config(settings, ARTIFACTS), media.caddy_config(settings, ARTIFACTS)
    return {
        **_files(media.access(settings)),
        mediamtx.path: mediamtx.content,
        "switch of mediamtx.yml": mediamtx.script,
        caddy.path: caddy.content,
        "switch of Caddyfile": caddy.script,
        media.COMPOSE_FILE: media.compose(settings, ARTIFACTS)[0],
    }


def _turn(settings: Environment) -> dict[str, str]:
    assert settings.turn is not None
    config = turn.config(settings, settings.turn)
    return {**_files(turn.files(settings)), config.path: config.content, "switch of turnserver.conf": config.script}
