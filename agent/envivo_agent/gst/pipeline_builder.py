"""From a configuration to a plan that fits this host and the camera now: mode, encoder, with or without sound."""

from __future__ import annotations

from pathlib import Path

from envivo_agent.config import Config
from envivo_agent.encoders import Encoder
from envivo_agent.faults import AUDIO, ENCODING, UNANNOUNCED, CameraError, Fault, classify, gone, not_understood
from envivo_agent.gst import camera, microphone
from envivo_agent.gst.bindings import absent, properties
from envivo_agent.gst.selection import Selection, selection
from envivo_agent.ipcam import plan as ipcam_plan
from envivo_agent.ipcam.carriage import TRANSCODE, WHY, Carriage, carriage
from envivo_agent.ipcam.sdp import Track
from envivo_agent.modes import Mode
from envivo_agent.packages import missing_packages
from envivo_agent.plan import SOURCE, Plan, plan
from envivo_agent.state_machine import CABLE, NETWORK

ENCODER_PATIENCE_S = 60.0
"""Seconds within which a second error of an encoder makes the next one be tried."""
ODD_PATIENCE_S = 60.0
"""Likewise, where an IP camera sends something other than announced: it may be the sound, which is left out then."""
UNFIT_S = 3600.0
"""Seconds for which what was seen in frames is remembered, unless the camera announces another picture."""
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
        self._unfit: tuple[str, Track, float] | None = None
        """What was seen in frames that browsers do not play, of which picture, and when."""
        self._odd_at = float("-inf")
        self.mode: Mode | None = None
        self.carriage: Carriage | None = None
        self.refused_controls: tuple[str, ...] = ()
        """Controls of the camera that are not in force, each in a sentence."""

    @property
    def from_network(self) -> bool:
        """Whether the camera is to be asked before a plan is made."""
        return self.config.source.kind == "rtsp"

    @property
    def remedy(self) -> str:
        """What to do where the camera stalls."""
        return NETWORK if self.from_network else CABLE

    @property
    def what(self) -> str:
        """The camera's part in words; empty where there is nothing to choose."""
        return str(self.carriage or self.mode or "")

    @property
    def wanted_fps(self) -> int:
        """Frames a second to expect: as configured, or as an IP camera announces."""
        return self.carriage.fps if self.carriage else self.config.video.fps

    @property
    def account(self) -> str:
        """What was chosen, for the journal."""
        seen = [f"camera: {self.carriage}"] if self.carriage else []
        encoder = [f"encoder: {self.selection.reason}"] if self.encodes else []
        return "; ".join([*seen, *encoder, *(f"not in force: {control}" for control in self.refused_controls)])

    def announced(self, tracks: list[Track], now: float) -> Fault | None:
        """Take note of what the camera says of its stream. Returns why that cannot be carried."""
        config = self.config
        self.carriage = None
        heard, seen = config.audio.kind == "camera", self._seen_before(tracks, now)
        try:
            place, fps = config.source.place, config.video.fps
            self.carriage = carriage(tracks, place, config.source.mode, heard, fps, seen)
        except CameraError as error:
            return error.fault
        except Exception as error:  # noqa: BLE001 - whatever a camera sends, the agent goes on
            return not_understood(config.source.place, error)
        return None

    def _seen_before(self, tracks: list[Track], now: float) -> str:
        """Of the same picture: a camera may write its parameters differently each time."""
        if not self._unfit:
            return ""
        seen, picture, at = self._unfit

        def kind(track: Track) -> object:
            return track.number, track.codec, track.fps, track.sps

        if now - at > UNFIT_S or kind(picture) not in [kind(track) for track in tracks]:
            self._unfit = None
            return ""
        return seen

    @property
    def encodes(self) -> bool:
        """Whether the pictures are encoded here, as far as it is known."""
        if not self.from_network:
            return True
        return not self.carriage.passes if self.carriage else self.config.source.mode == TRANSCODE

    @property
    def selection(self) -> Selection:
        if not self.encodes:
            return Selection(None, "the camera encodes" if self.carriage else "the camera was not asked yet")
        if self._selection is None:
            self._selection = selection(self.config.video, self._refused, self._cache)
        return self._selection

    @property
    def audible(self) -> bool:
        wanted = self.config.audio.kind
        silent = wanted == "none" or (wanted == "camera" and not (self.carriage and self.carriage.sound))
        return not silent and not self._silenced

    def sound_returns(self, now: float) -> bool:
        """Whether a pipeline without sound could have it again. That costs its viewers one new connection."""
        if not self._silenced or now < self._silent_until:
            return False
        audio = self.config.audio
        if audio.kind == "camera":
            return False  # with the next pipeline: only that shows whether it is
        if audio.kind == "alsa" and not microphone.opens(audio.device):
            self._silent_until = now + AUDIO_AGAIN_S
            return False
        self._silenced = False
        return True

    def absent(self) -> Fault | None:
        path = self.config.source.path
        return None if not path or camera.is_there(path) else gone(self.config)

    def failed(self, fault: Fault, now: float) -> None:
        """Take note of the fault of a pipeline that was built here."""
        if self.carriage:
            for seen in WHY:
                if fault == classify(SOURCE, seen, "", self.config, None):
                    self._unfit = seen, self.carriage.video, now
        if fault.kind == AUDIO or self._sound_suspected(fault, now):
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

    def _sound_suspected(self, fault: Fault, now: float) -> bool:
        """An error does not tell which of the tracks cannot be taken: without sound, the picture may be there."""
        own = self.from_network and self.config.audio.kind == "camera" and self.audible
        if not own or fault != classify(SOURCE, UNANNOUNCED, "", self.config, None):
            return False
        again, self._odd_at = now - self._odd_at < ODD_PATIENCE_S, now
        return again

    def plan(self, now: float) -> Plan:
        """Of an IP camera after it was `announced`. Raises CannotBuildError."""
        self.sound_returns(now)
        if self.config.audio.kind == "camera" and now >= self._silent_until:
            self._silenced = False
        made = self._of_ip_camera(self.carriage) if self.carriage else self._of_this_host()
        if missing := absent(made.factories):
            raise CannotBuildError(missing_packages(missing))
        return made

    def _of_this_host(self) -> Plan:
        encoder = self._encoder()
        try:
            self.mode = camera.mode(self.config) if self.config.source.kind == "v4l2" else None
        except CameraError as error:
            raise CannotBuildError(error.fault) from None
        self.refused_controls = camera.refused_controls(self.config)
        return plan(self.config, encoder, properties(encoder.element), self.mode, self.audible)

    def _of_ip_camera(self, carried: Carriage) -> Plan:
        encoder = None if carried.passes else self._encoder()
        known = properties(encoder.element) if encoder else frozenset()
        return ipcam_plan.plan(self.config, carried, encoder, known, self.audible)

    def _encoder(self) -> Encoder:
        encoder = self.selection.encoder
        if encoder is None:
            raise CannotBuildError(
                Fault(
                    ENCODING,
                    f"no encoder works ({self.selection.reason})",
                    'set "encoder" of this camera to "auto", or to one that this host has',
                )
            )
        return encoder
