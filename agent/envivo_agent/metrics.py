"""Answers of the loopback port: the status for Prometheus (text format 0.0.4), and whether the camera is live."""

from __future__ import annotations

from envivo_agent.faults import KINDS
from envivo_agent.state_machine import LIVE, PHASES
from envivo_agent.status import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "envivo_agent_"

_COUNTERS = (
    ("frames_captured_total", "Frames that the source gave.", "frames_captured"),
    ("frames_encoded_total", "Frames that the encoder gave.", "frames_encoded"),
    ("frames_sent_total", "Frames that a connected sink took.", "frames_sent"),
    ("sent_bytes_total", "Bytes of encoded video that a connected sink took.", "bytes_sent"),
    ("stalls_total", "Times that the camera or the server stalled.", "stalls"),
)


def _label(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", " ")


def _family(name: str, kind: str, text: str, samples: list[tuple[str, float]]) -> list[str]:
    full = _PREFIX + name
    return [
        f"# HELP {full} {text}",
        f"# TYPE {full} {kind}",
        *(f"{full}{labels} {value:g}" if value % 1 else f"{full}{labels} {value:.0f}" for labels, value in samples),
    ]


def exposition(status: Status) -> str:
    labels = {"name": status.name, "source": status.source, "encoder": status.encoder, "gstreamer": status.gstreamer}
    info = ",".join(f'{key}="{_label(value)}"' for key, value in labels.items())
    states = [(f'{{state="{phase}"}}', float(phase == status.state)) for phase in PHASES]
    restarts = [(f'{{cause="{kind}"}}', float(status.restarts.get(kind, 0))) for kind in KINDS]
    lines = _family("info", "gauge", "What runs.", [(f"{{{info}}}", 1.0)])
    lines += _family("state", "gauge", "1 for the current state.", states)
    lines += _family("restarts_total", "counter", "Pipelines started, by what ended the previous one.", restarts)
    for name, text, field in _COUNTERS:
        lines += _family(name, "counter", text, [("", float(getattr(status, field)))])
    if status.fps is not None:
        lines += _family("fps", "gauge", "Frames sent a second.", [("", status.fps)])
    if status.bitrate_kbps is not None:
        lines += _family("bitrate_bits", "gauge", "Encoded video sent, bit/s.", [("", status.bitrate_kbps * 1000.0)])
    if status.last_frame_age_s is not None:
        text = "Seconds since the last encoded frame."
        lines += _family("last_frame_age_seconds", "gauge", text, [("", status.last_frame_age_s)])
    return "\n".join(lines) + "\n"


def answer(request: str, status: Status) -> tuple[str, str, str]:
    """Status line, content type and body for the first line of a request."""
    method, _, rest = request.partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    plain = "text/plain; charset=utf-8"
    if method != "GET":
        return "405 Method Not Allowed", plain, "only GET\n"
    if path == "/metrics":
        return "200 OK", CONTENT_TYPE, exposition(status)
    if path == "/healthz":
        healthy = status.state == LIVE
        return "200 OK" if healthy else "503 Service Unavailable", plain, f"{status.reason}\n"
    return "404 Not Found", plain, "/metrics or /healthz\n"
