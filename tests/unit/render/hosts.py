"""Every text that a deploy brings to the hosts of an environment, by host and name."""

from collections.abc import Iterator
from typing import Any

from envivo.core.paths import COMPOSE_FILE
from envivo.operations.certbot import command
from envivo.orchestration.environment import Environment
from envivo.roles.camera import desired as camera
from envivo.roles.certificates import desired as certificates
from envivo.roles.media import desired as media
from envivo.roles.media import retention
from envivo.roles.turn import desired as turn
from envivo.state.desired import Directory, File
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.hosts import certificates as certificates_of
from tests.unit.settings.hosts import context, endpoints

Texts = dict[tuple[str, str], str]
"""(host, path of the file or what else it is) -> text."""


def three_machines(settings: Environment) -> Texts:
    found: Texts = {}
    for host, texts in (
        ("media", {**_certificates(settings, "media"), **media_host(settings)}),
        ("turn", {**_certificates(settings, "turn"), **_turn(settings)}),
        ("camera", files_of(camera.files(settings.agents, context(settings, ["cameras"])))),
    ):
        found |= {(host, name): text for name, text in texts.items()}
    return found


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of parsed data, and each empty list or dictionary, with the place where it stands."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if not children:
        yield place, value
    for key, child in children or ():
        yield from leaves(child, f"{place}.{key}" if place else str(key))


def files_of(files: list[Directory | File]) -> dict[str, str]:
    return {one.path: one.content.decode() for one in files if isinstance(one, File)}


def _certificates(settings: Environment, role: str) -> dict[str, str]:
    wanted = certificates_of(settings, [role])
    assert wanted is not None
    texts = files_of(certificates.files(wanted))
    if wanted.certbot:
        texts["certbot"] = command(wanted.certbot, certificates.SCRIPT).replace(" ", "\n")
    return texts


def media_host(settings: Environment) -> dict[str, str]:
    own = settings.media
    mediamtx, caddy = media.mediamtx_config(own, ARTIFACTS), media.caddy_config(own, ARTIFACTS)
    return {
        **files_of([*media.access(own), *retention.files(own)]),
        mediamtx.path: mediamtx.content,
        "switch of mediamtx.yml": mediamtx.script,
        caddy.path: caddy.content,
        "switch of Caddyfile": caddy.script,
        COMPOSE_FILE: media.compose(own, ARTIFACTS)[0],
    }


def _turn(settings: Environment) -> dict[str, str]:
    assert settings.turn is not None
    config = turn.config(settings.turn, endpoints(settings))
    return {
        **files_of(turn.files(settings.turn, endpoints(settings))),
        config.path: config.content,
        "switch of turnserver.conf": config.script,
    }
