"""From a configuration to a plan that fits this host now: the camera's mode, the encoder, with or without sound."""

from __future__ import annotations

from pathlib import Path

from envivo_agent.config import Config
from envivo_agent.faults import AUDIO, ENCODING, Fault, gone
from envivo_agent.gst import camera, microphone
from envivo_agent.gst.bindings import absent, properties
from envivo_agent.gst.camera import CameraError
from envivo_agent.gst.selection import Selection, selection
from envivo_agent.modes import Mode
from envivo_agent.packages import missing_packages
from envivo_agent.plan import Plan, plan

ENCODER_PATIENCE_S = 60.0
"""Seconds within which a second error of an encoder makes the next one be tried."""
AUDIO_AGAIN_S = 30.0
"""Seconds without sound after an audio fault, until the device is tried again, and between later tries."""


class CannotBuildError(Exception):
    """No plan fits this host now; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class PipelineBuilder:
    """Remembers what failed while pipelines ran."""

    def __init__(self, config: Config, cache: Path | None) -> None:
        self.config = config
        self._cache = cache
        self._refused: frozenset[str] = frozenset()
        self._encoder_failed_at = float("-inf")
        self._silenced, self._silent_until = False, float("-inf")
        self._selection: Selection | None = None
        self.mode: Mode | None = None

    @property
    def selection(self) -> Selection:
        if self._selection is None:
            self._selection = selection(self.config.video, self._refused, self._cache)
        return self._selection

    @property
    def audible(self) -> bool:
        return self.config.audio.kind != "none" and not self._silenced

    def sound_returns(self, now: float) -> bool:
        """Whether a pipeline without sound could have it again. That costs its viewers one new connection."""
        if not self._silenced or now < self._silent_until:
            return False
        audio = self.config.audio
        if audio.kind == "alsa" and not microphone.opens(audio.device):
            self._silent_until = now + AUDIO_AGAIN_S
            return False
        self._silenced = False
        return True

    def absent(self) -> Fault | None:
        place = self.config.source.place
        return None if not place or camera.is_there(place) else gone(self.config)

    def failed(self, fault: Fault, now: float) -> None:
        """Take note of the fault of a pipeline that was built here."""
        if fault.kind == AUDIO:
            self._silenced, self._silent_until = True, now + AUDIO_AGAIN_S
        elif fault.kind == ENCODING:
            encoder = self.selection.encoder
            if encoder and now - self._encoder_failed_at < ENCODER_PATIENCE_S:
                self._refused |= {encoder.element}
            if not encoder:
                self._refused = frozenset()
            if not encoder or encoder.element in self._refused:
                self._selection = None  # selected again
            self._encoder_failed_at = now

    def plan(self, now: float) -> Plan:
        """Raises CannotBuildError."""
        self.sound_returns(now)
        encoder = self.selection.encoder
        if encoder is None:
            raise CannotBuildError(
                Fault(ENCODING, f"no encoder works ({self.selection.reason})", "correct video.encoder")
            )
        try:
            self.mode = camera.mode(self.config) if self.config.source.kind == "v4l2" else None
        except CameraError as error:
            raise CannotBuildError(error.fault) from None
        made = plan(self.config, encoder, properties(encoder.element), self.mode, self.audible)
        if missing := absent(made.factories):
            raise CannotBuildError(missing_packages(missing))
        return made
