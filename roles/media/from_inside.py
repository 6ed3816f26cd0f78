"""Checks of a media host's services: containers, ports, publishers."""

from collections.abc import Iterator, Sequence

from envivo.core.paths import COMPOSE_FILE, COMPOSE_PROJECT
from envivo.core.polling import until
from envivo.probes import ports
from envivo.probes.containers import container_state, containers
from envivo.probes.mediamtx import PathState, path_state
from envivo.probes.units import unit_state
from envivo.roles.base.checks import listening_ports
from envivo.roles.media import guard, limits
from envivo.roles.media.desired import ask_api
from envivo.roles.media.settings import Media
from envivo.roles.role import Feed, Target
from envivo.state.containers import left_alone, sort
from envivo.verify.engine import Statement
from envivo.verify.findings import Finding

_HEALTHY_WITHIN_S = 15
_PUBLISHED_WITHIN_S = 10
"""An agent needs 1 to 4 s from its start, and retries every few seconds while the server is away."""
_SILENT_AFTER_S = 3


def logs(media: Target[Media], service: str) -> str:
    return f"on {media.name}: docker compose -f {COMPOSE_FILE} logs {service}"


def container(media: Target[Media], service: str) -> Iterator[Finding]:
    state = until(
        lambda state: not state.coming,
        lambda: container_state(media.shell, COMPOSE_PROJECT, service),
        _HEALTHY_WITHIN_S,
    )
    if not state.healthy:
        what = {"mediamtx": "nobody can publish or watch", "web": "viewers get no page, no WHEP and no HLS"}[service]
        verb = "unpause" if state.state == "paused" else "up -d"
        compose = f"docker compose -f {COMPOSE_FILE}"
        start = f"on {media.name}: {compose} {verb} {service} (see why: {compose} logs {service})"
        yield Finding(media.name, f"{service}-down", f"{what}: the container {service} is {state.words}", start)


def guarded(media: Target[Media]) -> Iterator[Finding]:
    state = unit_state(media.shell, guard.UNIT)
    if not state.runs:
        what = f"stopped containers are not restarted: {guard.UNIT} is {state.words}"
        fix = f"on {media.name}: systemctl start {guard.UNIT} (see why: journalctl -u {guard.UNIT})"
        yield Finding(media.name, "stack-unguarded", what, fix)


def strangers(media: Target[Media], services: Sequence[str]) -> Iterator[Statement]:
    """Containers that only carry the project's label: a deploy leaves them alone, so they are reported."""
    for line in left_alone(sort(containers(media.shell, COMPOSE_PROJECT), services).strangers, COMPOSE_PROJECT):
        yield Statement(line)


def listening(media: Target[Media], service: str) -> Iterator[Finding]:
    listeners = [listener for listener in media.context.listeners if listener.setting.startswith(f"{service}.")]
    yield from listening_ports(media, listeners, logs(media, service))


def limited(media: Target[Media]) -> Iterator[Finding]:
    if media.shell.run(f"nft list table inet {limits.TABLE}").code:
        what = "connections per address are not limited"
        yield Finding(media.name, "limits-gone", what, f"on {media.name}: systemctl restart {limits.UNIT}")


def port(media: Target[Media], number: int, greeting: ports.Greeting) -> Iterator[Finding]:
    answer = ports.greet(media.address, number, greeting)
    if not answer.connected:
        what = f"{number}/tcp listens on {media.name}, but from here it {answer.problem}: a firewall blocks it"
        yield Finding(media.name, "port-blocked", what, f"allow {number}/tcp to {media.address}")
    elif answer.problem:
        what = f"{number}/tcp should speak {greeting.name}, but {answer.problem}"
        yield Finding(media.name, "port-wrong", what, f"see which program has it: ss -lntp on {media.name}")


def publishing(media: Target[Media], path: str, feed: Feed) -> Iterator[Finding]:
    """The path is online, has a source, and bytes arrive: a silent publisher stays online for 10 s.

    docs/notes/mediamtx.md#the-apis-view-of-a-path
    """
    port = media.settings.mediamtx.api_port

    def now() -> PathState | None:
        said = media.shell.run(f"{ask_api(media.settings, f'paths/get/{path}')} --fail")
        return path_state(said.out) if said.code == 0 else None

    state = until(lambda state: state is not None and state.published, now, _PUBLISHED_WITHIN_S)
    if state is None:
        what = f"MediaMTX's API at 127.0.0.1:{port} on {media.name} says nothing about the path {path}"
        yield Finding(media.name, "api-silent", what, logs(media, "mediamtx"))
    elif not state.published:
        words = feed.status() or "it says nothing"
        what = f"nobody publishes to {path}, although {feed.unit} runs on {feed.host} ({words})"
        yield Finding(feed.host, "not-publishing", what, f"fix the reported error; details: journalctl -u {feed.unit}")
    else:
        began = state.inbound_bytes
        grown = until(
            lambda later: later is not None and later.published and later.inbound_bytes != began, now, _SILENT_AFTER_S
        )
        if grown is None or not grown.published or grown.inbound_bytes == began:
            what = f"{path} has a publisher ({state.source}), but in {_SILENT_AFTER_S} s nothing came from it"
            yield Finding(feed.host, "publisher-silent", what, f"on {feed.host}: journalctl -u {feed.unit}")
