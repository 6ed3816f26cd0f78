"""The status file: what the agent does, for other programs."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from envivo_agent.files import write_atomically


@dataclass(frozen=True)
class Status:
    """Times are UTC, ISO 8601. Frames and bytes since `started`, `fps` and `bitrate_kbps` over the last seconds: None
    where they have not been measured for long enough."""

    name: str
    state: str
    since: str
    reason: str
    configuration_written: str
    """When the configuration that is in force was written; seconds since 1970."""
    publish: str
    source: str
    mode: str
    """What the camera was asked for, or what an IP camera sends and how it is carried; empty for other sources."""
    wanted_fps: int
    """Frames a second that are expected: as configured, or as an IP camera announces."""
    keyframe_interval_ms: int | None
    """As measured where the camera encodes; None where the agent does, or before the second key frame."""
    controls: list[str]
    """Controls of the camera that are configured, but not in force, each in a sentence."""
    audio: str
    encoder: str
    encoder_name: str
    """Of `encoder`, as the configuration has it."""
    encoder_reason: str
    frames_captured: int
    frames_encoded: int
    frames_sent: int
    bytes_sent: int
    fps: float | None
    bitrate_kbps: int | None
    last_frame_age_s: float | None
    """None before the first frame."""
    restarts: dict[str, int]
    """By cause."""
    stalls: int
    last_error: str
    last_error_at: str
    pid: int
    started: str
    gstreamer: str
    updated: str


def moment(unix_s: float) -> str:
    seconds = int(unix_s)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int((unix_s - seconds) * 1000):03d}Z"


def write(file: Path, status: Status) -> None:
    """Raises OSError."""
    write_atomically(file, json.dumps(asdict(status), indent=1) + "\n")
