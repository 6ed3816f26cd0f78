"""What MediaMTX has understood, beside what the settings say: every difference as a sentence."""

import re
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import yaml

from envivo.config.values import duration
from envivo.orchestration.environment import Environment

_GO_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001, "µs": 0.000001}


def of_go(text: str) -> timedelta:
    """`1d2h0m1.5s`, as MediaMTX writes durations."""
    parts = re.findall(r"([0-9.]+)(d|h|ms|µs|m|s)", text)
    assert "".join(number + unit for number, unit in parts) == text, text
    return timedelta(seconds=sum(float(number) * _GO_UNITS[unit] for number, unit in parts))


def size_of_go(text: str) -> str:
    """`1025K` as MediaMTX writes it: the largest unit, one digit (code.cloudfoundry.org/bytefmt)."""
    value = float(text[:-1]) * 1024 ** ("KMG".index(text[-1]) + 1)
    power = max(power for power in range(7) if value >= 1024**power)
    return f"{value / 1024**power:.1f}".removesuffix(".0") + "BKMGTPE"[power]


def texts(settings: Environment) -> dict[str, Any]:
    """Key of mediamtx.yml -> what it has to be there, character by character."""
    mediamtx = settings.mediamtx
    listen = "127.0.0.1" if settings.encrypted else ""
    inner = "127.0.0.1" if settings.web.domain else ""
    ports = {
        "apiAddress": f"127.0.0.1:{mediamtx.api_port}",
        "metricsAddress": f"127.0.0.1:{mediamtx.metrics_port}",
        "playbackAddress": f"127.0.0.1:{mediamtx.playback_port}",
        "rtspAddress": f"{listen}:{mediamtx.rtsp_port}",
        "rtmpAddress": f"{listen}:{mediamtx.rtmp_port}",
        "hlsAddress": f"{inner}:{mediamtx.hls.port}",
        "webrtcAddress": f"{inner}:{mediamtx.webrtc.port}",
        "webrtcLocalUDPAddress": f":{mediamtx.webrtc.media_port}",
        "webrtcLocalTCPAddress": f":{mediamtx.webrtc.media_port}",
    }
    if settings.encrypted:
        ports |= {"rtspsAddress": f":{mediamtx.rtsps_port}", "rtmpsAddress": f":{mediamtx.rtmps_port}"}
    return {
        **ports,
        "hlsVariant": mediamtx.hls.variant,
        "hlsSegmentCount": mediamtx.hls.segment_count,
        "hlsAllowOrigins": list(settings.web.origins),
        "webrtcAllowOrigins": list(settings.web.origins),
        "webrtcAdditionalHosts": list(settings.media.advertised),
    }


def durations(settings: Environment) -> tuple[dict[str, str], dict[str, str]]:
    """Of the whole server, and of each path."""
    mediamtx = settings.mediamtx
    return {
        "readTimeout": mediamtx.read_timeout,
        "hlsSegmentDuration": mediamtx.hls.segment_duration,
        "hlsPartDuration": mediamtx.hls.part_duration,
    }, {
        "recordPartDuration": mediamtx.recording.part_duration,
        "recordSegmentDuration": mediamtx.recording.segment_duration,
        "recordDeleteAfter": mediamtx.recording.delete_after,
    }


def permissions(settings: Environment) -> list[tuple[str, str, str]]:
    """User, action and path, as the settings have them."""
    found = []
    for name, path in settings.mediamtx.paths.items():
        found.append((path.publisher.user if path.publisher else "any", "publish", name))
        for action, people in (("read", path.viewers), ("playback", path.recordings_for)):
            found += [(one.user, action, name) for one in people] or [("any", action, name)]
    return sorted([*found, *((settings.mediamtx.monitor.user, action, "") for action in ("api", "metrics"))])


def ice_servers(settings: Environment) -> list[str]:
    return [
        *(server.url for server in settings.mediamtx.webrtc.ice_servers),
        *(settings.media.relay.urls if settings.media.relay else []),
    ]


def granted(users: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return sorted((u["user"], p["action"], p.get("path", "")) for u in users for p in u["permissions"])


def differences(settings: Environment, content: str, answers: dict[str, Any]) -> Iterator[str]:
    """`content`: mediamtx.yml; `answers`: of the API, by what it was asked."""
    written = yaml.safe_load(content)
    told, defaults = answers["global/get"], answers["pathdefaults/get"]
    paths = {path["name"]: path for path in answers["paths/list"]["items"]}

    def compare(what: str, expected: object, *found: object) -> Iterator[str]:
        for one in found:
            if one != expected or type(one) is not type(expected):
                yield f"{what}: {one!r} instead of {expected!r}"

    for key, text in texts(settings).items():
        yield from compare(key, text, written[key], told[key])
    yield from compare("logLevel", settings.mediamtx.log_level, written["logLevel"])  # told is the judge's own
    for expected, file, answer in zip(
        durations(settings), (written, written["pathDefaults"]), (told, defaults), strict=True
    ):
        for key, text in expected.items():
            yield from compare(key, text, file[key])
            yield from compare(f"{key} of the API", duration(text), of_go(answer[key] or "0s"))
    size = settings.mediamtx.hls.segment_max_size
    yield from compare("hlsSegmentMaxSize", size, written["hlsSegmentMaxSize"])
    yield from compare("hlsSegmentMaxSize of the API", size_of_go(size), told["hlsSegmentMaxSize"])
    proxies = ["127.0.0.1/32", *settings.web.trusted_proxies]
    yield from compare("webrtcTrustedProxies", proxies, written["webrtcTrustedProxies"])
    networks = [str(ip_network(proxy, strict=False)) for proxy in proxies]
    yield from compare("webrtcTrustedProxies of the API", networks, told["webrtcTrustedProxies"])
    servers = ice_servers(settings)
    for source in (written, told):
        yield from compare("webrtcICEServers2", servers, [one["url"] for one in source["webrtcICEServers2"]])
        yield from compare("authInternalUsers", permissions(settings), granted(source["authInternalUsers"]))
    for name, path in settings.mediamtx.paths.items():
        override = name not in settings.cameras
        yield from compare(f"overridePublisher of {name}", override, written["paths"][name]["overridePublisher"],
                           paths[name]["overridePublisher"])  # fmt: skip
        yield from compare(f"record of {name}", path.record, written["paths"][name]["record"], paths[name]["record"])
        kept = of_go(paths[name]["recordDeleteAfter"] or "0s")
        yield from compare(f"recordDeleteAfter of {name}", duration(settings.mediamtx.kept(name)), kept)
    yield from compare("paths", set(settings.mediamtx.paths), set(written["paths"]), set(paths))
