"""The agent's report: a sentence for people, the status for programs."""

from __future__ import annotations

import os
import time

from envivo_agent import state_machine
from envivo_agent.config import Config
from envivo_agent.counts import Counts, Rates
from envivo_agent.faults import KINDS
from envivo_agent.gst.bindings import version
from envivo_agent.gst.pipeline_builder import PipelineBuilder
from envivo_agent.gst.stream import Stream
from envivo_agent.state_machine import Machine
from envivo_agent.status import Status, moment


def _sound(config: Config, audible: bool) -> str:
    if config.audio.kind == "none":
        return "no sound"
    if not audible:
        return "no sound" if config.audio.kind == "camera" else "no sound for now"
    return f"{'AAC' if config.publish.over_rtmp else 'Opus'} {config.audio.bitrate_kbps} kbit/s"


def sentence(config: Config, builder: PipelineBuilder, current: Machine) -> str:
    """State in one sentence; holds no secret but what a fault quotes."""
    if current.phase == state_machine.STOPPED:
        return current.phase
    if current.phase not in (state_machine.LIVE, state_machine.CONNECTING):
        return f"{current.phase}: {current.fault or 'a new configuration'}; trying again"
    sound = _sound(config, builder.audible)
    if builder.from_network and not builder.encodes:
        return f"{current.phase}: {config.publish.url}, {builder.what or f'from {config.source.url}'}, {sound}"
    video, encoder = config.video, builder.selection.encoder
    mode = f" from {builder.what}" if builder.what else ""
    what = f"{video.width}x{video.height} at {builder.wanted_fps} fps{mode}, {video.bitrate_kbps} kbit/s"
    by = encoder.element if encoder else "no encoder"
    refused = "".join(f"; not in force: {control}" for control in builder.refused_controls)
    return f"{current.phase}: {config.publish.url}, {what}, {by}, {sound}{refused}"


class StatusReporter:
    """Counts over all streams of the process."""

    def __init__(self, started: float) -> None:
        self._started = self._since = self._error_at = started
        self._past = Counts()
        self._rates = Rates(time.monotonic())
        self._restarts = dict.fromkeys(KINDS, 0)
        self._stalls = 0

    def ended(self, stream: Stream) -> None:
        self._past += stream.counts

    def changed(self, before: Machine, after: Machine, stream: Stream | None) -> None:
        now = time.time()
        if before.phase != after.phase:
            self._since = now
            if after.phase == state_machine.LIVE and stream:
                self._rates.begin(time.monotonic(), self._past + stream.counts)
        if after.fault and after.fault != before.fault:
            self._error_at = now
        if after.fault and after.restarts > before.restarts:
            self._restarts[after.fault.kind] += 1
            self._stalls += after.fault.stall

    def _keyframe_interval_ms(self, stream: Stream | None) -> int | None:
        frames = stream.key_interval if stream else None
        if not (stream and frames):
            return None
        measured = self._rates.fps or 0
        return round(1000 * frames / (measured if measured >= 1 else stream.plan.video.fps))

    def status(
        self, config: Config, builder: PipelineBuilder, current: Machine, stream: Stream | None, said: str
    ) -> Status:
        """`said` is the sentence, `stream` the one that runs."""
        now = time.monotonic()
        counts = self._past + stream.counts if stream else self._past
        self._rates.look(now, counts)
        live = current.phase == state_machine.LIVE
        frame_at = stream.publisher.frame_at if stream else 0.0
        selection = builder.selection
        return Status(
            name=config.name,
            state=current.phase,
            since=moment(self._since),
            reason=said,
            configuration_written=config.written,
            publish=config.publish.url,
            source=config.source.place or config.source.kind,
            mode=builder.what,
            wanted_fps=builder.wanted_fps,
            keyframe_interval_ms=self._keyframe_interval_ms(stream),
            controls=list(builder.refused_controls),
            audio=_sound(config, builder.audible),
            encoder=selection.encoder.element if selection.encoder else "",
            encoder_name=selection.encoder.name if selection.encoder else "",
            encoder_reason=selection.reason,
            frames_captured=counts.captured,
            frames_encoded=counts.encoded,
            frames_sent=counts.sent,
            bytes_sent=counts.bytes_sent,
            fps=_tenths(self._rates.fps) if live else 0.0,
            bitrate_kbps=_whole(self._rates.kbps) if live else 0,
            last_frame_age_s=round(now - frame_at, 2) if frame_at else None,
            restarts=dict(self._restarts),
            stalls=self._stalls,
            last_error=str(current.fault) if current.fault else "",
            last_error_at=moment(self._error_at) if current.fault else "",
            pid=os.getpid(),
            started=moment(self._started),
            gstreamer=version(),
            updated=moment(time.time()),
        )


def _tenths(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)


def _whole(rate: float | None) -> int | None:
    return None if rate is None else round(rate)
