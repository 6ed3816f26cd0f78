"""No template forgets a setting: a change of each one shows in the file of the program that is meant to read it."""

from typing import Any

import pytest

from envivo.config.lazy import merged
from envivo.config.models import NAME, inside, model_at
from envivo.config.reference import settings
from envivo.orchestration.environment import Environment
from envivo.roles.camera import desired as camera
from envivo.roles.media import desired as media
from envivo.roles.media import retention
from envivo.roles.turn import desired as turn
from tests.unit.render.hosts import files_of
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import DOMAIN, PASSWORD, TURN_DOMAIN, at, lab, password, production
from tests.unit.settings.hosts import context, endpoints
from tests.unit.settings.pairs import authority, signed

OTHER = f"{PASSWORD}-another"
PUBLISHER = {"user": "second", "password": PASSWORD}
VIEWER = {"user": "viewer", "password": password("view-webcam")}
OURS, THEIRS = signed(DOMAIN, TURN_DOMAIN), signed(DOMAIN, TURN_DOMAIN, days=31)
ROOT, OTHER_ROOT = authority(), authority("Another authority")

IP_CAMERA = {"source": "rtsp", "url": "rtsp://192.168.1.50/stream1", "user": "admin", "password": "p@ss:w/rd%41"}

CHANGES: dict[str, Any] = {
    "public_address": "198.51.100.77",
    "mediamtx.rtmp_port": 1937,
    "mediamtx.rtmps_port": 1938,
    "mediamtx.rtsp_port": 8555,
    "mediamtx.rtsps_port": 8323,
    "mediamtx.api_port": 9887,
    "mediamtx.metrics_port": 9888,
    "mediamtx.playback_port": 9886,
    "mediamtx.log_level": "debug",
    "mediamtx.read_timeout": "11s",
    "mediamtx.monitor.user": "watchman",
    "mediamtx.monitor.password": OTHER,
    "mediamtx.hls.port": 8887,
    "mediamtx.hls.variant": "fmp4",
    "mediamtx.hls.segment_count": 8,
    "mediamtx.hls.segment_duration": "2s",
    "mediamtx.hls.part_duration": "300ms",
    "mediamtx.hls.segment_max_size": "60M",
    "mediamtx.webrtc.port": 8886,
    "mediamtx.webrtc.media_port": 8190,
    "mediamtx.webrtc.additional_hosts": ["192.0.2.7"],
    "mediamtx.webrtc.ice_servers.N.url": "stun:s.example:3478",
    "mediamtx.recording.segment_duration": "11m",
    "mediamtx.recording.part_duration": "2s",
    "mediamtx.recording.delete_after": "169h",
    "mediamtx.recording.min_free": "3G",
    "mediamtx.recording.min_free_percent": 6,
    "mediamtx.paths.NAME.publisher.user": "door",
    "mediamtx.paths.NAME.publisher.password": OTHER,
    "mediamtx.paths.NAME.anonymous_publishing": True,
    "mediamtx.paths.NAME.viewers.N.user": "ana",
    "mediamtx.paths.NAME.viewers.N.password": OTHER,
    "mediamtx.paths.NAME.recordings.N.user": "ana",
    "mediamtx.paths.NAME.recordings.N.password": OTHER,
    "mediamtx.paths.NAME.record": False,
    "mediamtx.paths.NAME.delete_after": "24h",
    "mediamtx.paths.NAME.listed": False,
    "web.domain": "other.company.net",
    "web.port": 8081,
    "web.health_port": 8078,
    "web.tls.issuer": "internal",
    "web.tls.email": "other@company.net",
    "web.tls.directory": "https://acme.company.net/dir",
    "web.tls.directory_ca": ROOT.certificate,
    "web.tls.root": ROOT.certificate,
    "web.tls.root_key": OTHER_ROOT.key,
    "web.tls.certificate": THEIRS.certificate,
    "web.tls.key": THEIRS.key,
    "web.trusted_proxies": ["10.0.0.5"],
    "web.origins": ["https://www.company.net"],
    "turn.domain": "relay.company.net",
    "turn.address": "198.51.100.78",
    "turn.listen_address": "10.0.0.7",
    "turn.secret": OTHER,
    "turn.previous_secret": OTHER,
    "turn.port": 3479,
    "turn.tls_port": 5350,
    "turn.relays": 100,
    "turn.first_relay_port": 50000,
    "cameras.NAME.source": "test",
    "cameras.NAME.device": "/dev/video7",
    "cameras.NAME.format": "yuyv",
    "cameras.NAME.controls": {"focus_absolute": 30},
    "cameras.NAME.file": "/srv/other.mp4",
    "cameras.NAME.url": "rtsp://192.168.1.51/stream2",
    "cameras.NAME.user": "viewer",
    "cameras.NAME.password": "p@ss:w/rd%42",
    "cameras.NAME.mode": "transcode",
    "cameras.NAME.audio": "test",
    "cameras.NAME.audio_device": "hw:CARD=Camera",
    "cameras.NAME.audio_bitrate_kbps": 96,
    "cameras.NAME.width": 640,
    "cameras.NAME.height": 360,
    "cameras.NAME.fps": 15,
    "cameras.NAME.bitrate_kbps": 1000,
    "cameras.NAME.keyframe_interval_ms": 1000,
    "cameras.NAME.encoder": "x264",
    "cameras.NAME.encoder_fallback": True,
    "cameras.NAME.preset": "quality",
    "cameras.NAME.rotate": 90,
    "cameras.NAME.mirror": True,
    "cameras.NAME.overlay.text": "Garden",
    "cameras.NAME.overlay.clock": True,
    "cameras.NAME.overlay.corner": "top-right",
    **{f"cameras.NAME.crop.{edge}": 8 for edge in ("left", "top", "right", "bottom")},
    "cameras.NAME.protocol": "rtmp",
}
NOT_IN_A_FILE = {
    "mediamtx.paths.NAME.expected": "envivo verify and the end of a deploy ask for it",
    "base.apt_lock_wait": "operations wait so long",
    "base.untested_system": "preflight asks it",
    "base.other_ports": "envivo verify knows them",
    "base.other_programs": "envivo verify knows them",
    "media_address": "the deployment asks it, where there is no name",
    "cameras.NAME.host": "placement asks it",
}
BEFORE: dict[str, dict[str, Any]] = {
    "mediamtx.paths.NAME.anonymous_publishing": at("mediamtx.paths.second", {"publisher": PUBLISHER}),
    "web.tls.issuer": at("web.tls", {"root": ROOT.certificate, "root_key": ROOT.key}),
    "web.trusted_proxies": at("web.tls", {"issuer": "files", "certificate": OURS.certificate, "key": OURS.key}),
    "web.tls.root": at("web.tls.root", OTHER_ROOT.certificate),
    "web.tls.root_key": at("web.tls", {"issuer": "internal", "root": ROOT.certificate, "root_key": ROOT.key}),
    "web.tls.certificate": at("web.tls", {"issuer": "files", "certificate": OURS.certificate, "key": OURS.key}),
    "web.tls.key": at("web.tls", {"issuer": "files", "certificate": OURS.certificate, "key": OURS.key}),
    "cameras.NAME.file": at("cameras.webcam", {"source": "file", "file": "/srv/clip.mp4"}),
    **{f"cameras.NAME.{name}": at("cameras.webcam", IP_CAMERA) for name in ("url", "user", "password", "mode")},
    "cameras.NAME.overlay.corner": at("cameras.webcam", {"overlay": {"text": "Door"}}),
    "cameras.NAME.audio_device": at("cameras.webcam", {"audio": "alsa"}),
    "cameras.NAME.audio_bitrate_kbps": at("cameras.webcam", {"audio": "test"}),
}
"""Where a setting means something only beside others."""
AFTER: dict[str, dict[str, Any]] = {
    "mediamtx.paths.NAME.anonymous_publishing": at(
        "mediamtx.paths.second", {"publisher": None, "anonymous_publishing": True}
    ),
    "web.tls.root_key": at("web.tls", {"root": OTHER_ROOT.certificate, "root_key": OTHER_ROOT.key}),
    "web.tls.certificate": at("web.tls", {"certificate": THEIRS.certificate, "key": THEIRS.key}),
    "web.tls.key": at("web.tls", {"certificate": THEIRS.certificate, "key": THEIRS.key}),
}
"""Where it cannot change alone."""
ITEMS: dict[str, dict[str, Any]] = {
    "mediamtx.paths.NAME.viewers": VIEWER,
    "mediamtx.paths.NAME.recordings": {"user": "recorder", "password": PASSWORD},
    "mediamtx.webrtc.ice_servers": {"url": "stun:stun.example:3478"},
}
"""Of lists, before."""
READ_FROM = {
    "": "mediamtx.yml",
    "mediamtx.paths.NAME.listed": "Caddyfile",
    "mediamtx.recording.min_free": retention.NAME,
    "mediamtx.recording.min_free_percent": retention.NAME,
    "web": "Caddyfile",
    "web.origins": "mediamtx.yml",
    "web.tls.directory_ca": "directory_ca.pem",
    "web.tls.root": "authority.pem",
    "web.tls.root_key": "root_key.pem",
    "web.tls.certificate": "certificate.pem",
    "web.tls.key": "key.pem",
    "turn": "turnserver.conf",
    "cameras": "webcam.json",
}
"""By the beginning of a path; the longest counts."""


def leaves() -> set[str]:
    """Settings that hold no others, also those inside dictionaries and lists."""
    return {setting.path for setting in settings(Environment) if not _holds_others(setting.path)}


def _holds_others(path: str) -> bool:
    place, _, name = path.rpartition(".")
    model = model_at(Environment, place.split(".") if place else ())
    assert model is not None
    return inside(model.model_fields[name].annotation) is not None


def placed(path: str, value: object) -> dict[str, Any]:
    """The settings with this value, in the path and the camera `webcam`."""
    if path.count(".N."):
        container, _, name = path.partition(".N.")
        path, value = container, [{**ITEMS[container], name: value}]
    return at(path.replace(NAME, "webcam"), value)


def texts(given: Environment) -> dict[str, str]:
    """By the name of the file."""
    files = [
        *media.access(given.media),
        *retention.files(given.media),
        *camera.files(given.agents, context(given, ["cameras"])),
    ]
    found = {path.rpartition("/")[2]: text for path, text in files_of(files).items()}
    found["mediamtx.yml"] = media.mediamtx_config(given.media, ARTIFACTS).content
    found["Caddyfile"] = media.caddy_config(given.media, ARTIFACTS).content
    if given.turn:
        found["turnserver.conf"] = turn.config(given.turn, endpoints(given)).content
    return found


def test_every_setting_is_changed_here() -> None:
    assert leaves() == {*CHANGES, *NOT_IN_A_FILE}


@pytest.mark.parametrize("path", CHANGES)
def test_change_of_a_setting_shows_where_it_is_read(path: str) -> None:
    file = READ_FROM[max((start for start in READ_FROM if f"{path}.".startswith(f"{start}.") or not start), key=len)]
    make = lab if path == "web.port" else production
    container, _, item = path.partition(".N.")
    before = merged(BEFORE.get(path, {}), at(container.replace(NAME, "webcam"), [ITEMS[container]]) if item else {})
    after = merged(before, AFTER.get(path) or placed(path, CHANGES[path]))

    unchanged, changed = texts(make(**before)), texts(make(**after))

    assert changed.get(file) != unchanged.get(file)
