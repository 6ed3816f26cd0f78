"""What coturn, the agent, Compose and the shell read, parsed as they do, beside what the settings say."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import asdict

import yaml

from envivo.config.values import duration, is_ipv4
from envivo.orchestration.environment import Environment
from envivo.roles.camera import desired as camera
from envivo.roles.camera.settings import METRICS_PORT
from envivo.roles.certificates import desired as certificates
from envivo.roles.media import desired, retention
from envivo.roles.turn import desired as turn
from envivo.state.desired import File
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.hosts import MEDIA_ADDRESS, context, endpoints
from tests.unit.settings.hosts import certificates as certificates_of


def differences(settings: Environment, roles: list[str]) -> Iterator[str]:
    yield from _compose(settings)
    yield from _monitor(settings)
    yield from _retention(settings)
    for name in settings.cameras:
        yield from _agent(settings, name)
    if settings.turn:
        yield from _turn(settings)
        yield from _certificates(settings, roles)


def _compare(what: str, expected: object, found: object) -> Iterator[str]:
    if found != expected:
        yield f"{what}: {found!r} instead of {expected!r}"


def _compose(settings: Environment) -> Iterator[str]:
    services = yaml.safe_load(desired.compose(settings.media, ARTIFACTS)[0])["services"]
    api, health = settings.mediamtx.api_port, settings.web.health_port
    yield from _compare("compose.yml: services", {"mediamtx", "web"}, set(services))
    for service, url in (
        ("mediamtx", f"http://127.0.0.1:{api}/v3/info"),
        ("web", f"http://127.0.0.1:{health}/healthz"),
    ):
        words = shlex.split(" ".join(services[service]["healthcheck"]["test"]))
        if url not in words:
            yield f"compose.yml: {service} is not asked at {url}: {words}"


def _monitor(settings: Environment) -> Iterator[str]:
    (file,) = (one for one in desired.access(settings.media) if isinstance(one, File) and one.path == desired.MONITOR)
    user, quoted = file.content.decode().splitlines()[0].split(" = ")
    monitor = settings.mediamtx.monitor
    expected = f"{monitor.user}:{monitor.password.get_secret_value()}"
    yield from _compare("monitor.curl", ("user", expected), (user, json.loads(quoted)))


def _retention(settings: Environment) -> Iterator[str]:
    recording = settings.mediamtx.recording
    script = retention.script(settings.media)
    expected = {
        "amount": int(recording.min_free[:-1]) * 1024 ** ("MGT".index(recording.min_free[-1]) + 1),
        "share": recording.min_free_percent,
        "kept": int(duration(recording.delete_after).total_seconds()),
    }
    values = re.findall(r"(?:-v |^)(amount|share|kept)=([0-9]+)\b", script, re.MULTILINE)
    found = {name: int(number) for name, number in values}
    yield from _compare("envivo-retention", expected, found)
    named = [line.strip().removeprefix("path ") for line in script.splitlines() if line.startswith("\t\tpath ")]
    yield from _compare("envivo-retention: paths", list(settings.mediamtx.paths), named)


def _agent(settings: Environment, name: str) -> Iterator[str]:
    from envivo_agent.config import parse

    its, mediamtx = settings.cameras[name], settings.mediamtx
    address = settings.web.domain or settings.media_address or MEDIA_ADDRESS
    config = parse(camera.agent_config(name, settings.agents, context(settings, ["cameras"]), METRICS_PORT))
    publisher, published = mediamtx.paths[name].publisher, config.publish
    assert publisher is not None
    port = getattr(mediamtx, f"{its.protocol}{'s' if settings.encrypted else ''}_port")
    place = f"agent {name}"
    expected = (address, port, name, publisher.user, publisher.password.get_secret_value())
    found = (published.host, published.port, published.path, published.user, published.password)
    yield from _compare(f"{place}: publishes", expected, found)
    yield from _compare(f"{place}: device", its.device if its.source == "v4l2" else "", config.source.device)
    yield from _compare(f"{place}: sound", its.audio_device if its.audio == "alsa" else "", config.audio.device)
    numbers = ("width", "height", "fps", "bitrate_kbps", "keyframe_interval_ms", "encoder", "preset")
    video = asdict(config.video)
    yield from _compare(f"{place}: video", [getattr(its, one) for one in numbers], [video[one] for one in numbers])
    yield from _compare(f"{place}: fallback", its.encoder_fallback, config.video.fallback)


def _turn(settings: Environment) -> Iterator[str]:
    assert settings.turn
    lines = [line.partition("=") for line in turn.config(settings.turn, endpoints(settings)).content.splitlines()
             if line and not line.startswith("#")]  # fmt: skip
    said = {key: value for key, _, value in lines}
    expected = {
        "listening-ip": settings.turn.listens_on,
        "listening-port": str(settings.turn.port),
        "tls-listening-port": str(settings.turn.tls_port),
        "min-port": str(settings.turn.first_relay_port),
        "max-port": str(settings.turn.last_relay_port),
        "static-auth-secret": settings.turn.secret.get_secret_value(),
        "realm": settings.turn.domain,
        "total-quota": str(settings.turn.relays),
    }
    yield from _compare("turnserver.conf", expected, {key: said.get(key) for key in expected})
    peers = [peer for peer in settings.media.advertised if is_ipv4(peer)]
    yield from _compare("allowed peers", peers, [value for key, _, value in lines if key == "allowed-peer-ip"])
    (egress,) = (
        one
        for one in turn.files(settings.turn, endpoints(settings))
        if isinstance(one, File) and one.path == turn.EGRESS
    )
    allowed = [line.split() for line in egress.content.decode().splitlines() if " daddr " in line]
    port = str(settings.mediamtx.webrtc.media_port)
    names = len(turn.followed(settings.turn, endpoints(settings)).names)
    rules = [["ip", "daddr", peer, "udp", "dport", port, "accept"] for peer in [*peers, *["@peers"] * bool(names)]]
    yield from _compare("egress.nft", rules, allowed)


def _certificates(settings: Environment, roles: list[str]) -> Iterator[str]:
    wanted = certificates_of(settings, roles)
    assert wanted is not None
    files = {one.path: one.content.decode() for one in certificates.files(wanted) if isinstance(one, File)}
    calls = [shlex.split(line)[1:] for line in files[certificates.SCRIPT].splitlines() if line.startswith("brought ")]
    expected = [
        [c.name, c.certificate, c.key, c.owner, c.installed.directory, c.installed.group] for c in wanted.sources
    ]
    yield from _compare("envivo-certificates", expected, calls)
    watched = [line.partition("=")[2] for line in files[f"{certificates.UNITS}/{certificates.NAME}.path"].splitlines()
               if line.startswith("PathChanged=")]  # fmt: skip
    yield from _compare("envivo-certificates.path", list(dict.fromkeys(c.folder for c in wanted.sources)), watched)
