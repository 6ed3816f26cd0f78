"""A status, as an agent that is live tells it."""

from dataclasses import replace
from typing import Any

from envivo_agent.faults import KINDS
from envivo_agent.status import Status, moment

_LIVE = Status(
    name="webcam",
    state="live",
    since=moment(0.0),
    reason="live: rtsp://media1:8554/webcam",
    configuration_written="1795563600",
    publish="rtsp://media1:8554/webcam",
    source="test",
    mode="",
    wanted_fps=30,
    keyframe_interval_ms=None,
    controls=[],
    audio="no sound",
    encoder="x264enc",
    encoder_name="x264",
    encoder_reason="x264enc: 210 fps in a trial",
    frames_captured=3_000_001,
    frames_encoded=3_000_000,
    frames_sent=2_999_999,
    bytes_sent=31_250_000_123,
    fps=29.9,
    bitrate_kbps=2487,
    last_frame_age_s=0.03,
    restarts={**dict.fromkeys(KINDS, 0), "server": 2},
    stalls=1,
    last_error="",
    last_error_at="",
    pid=1,
    started=moment(1.5),
    gstreamer="1.26.2",
    updated=moment(2.0),
)


def status(**changes: Any) -> Status:
    return replace(_LIVE, **changes)
