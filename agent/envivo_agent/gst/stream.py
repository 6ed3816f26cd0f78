"""One attempt to publish: source, feeder and publisher, built together and ended together."""

from __future__ import annotations

import threading

from envivo_agent.config import Video
from envivo_agent.counts import Counts
from envivo_agent.encoders import Encoder
from envivo_agent.gst.capture import Capture
from envivo_agent.gst.feeder import Feeder
from envivo_agent.gst.pattern_source import PatternSource
from envivo_agent.gst.pipeline import OnError, Pipeline
from envivo_agent.gst.publisher import Publisher
from envivo_agent.pattern import ClockPattern
from envivo_agent.plan import Plan


class Stream:
    def __init__(self, plan: Plan, picture: ClockPattern | None, on_error: OnError) -> None:
        """`picture` is drawn where the plan has no capture. Raises gi's GLib.Error."""
        self.plan = plan
        self.publisher = Publisher(plan, on_error)
        self._feeder = Feeder(self.publisher, plan)
        self._capture: Capture | None = Capture(plan, self._feeder, on_error) if plan.capture else None
        self._drawn = PatternSource(picture, plan.video.fps, self._feeder) if picture else None

    def start(self) -> None:
        if self._capture:
            self._capture.start()
        self.publisher.start()

    @property
    def counts(self) -> Counts:
        publisher = self.publisher
        return Counts(self._feeder.captured, publisher.encoded, publisher.sent, publisher.bytes_sent)

    @property
    def key_interval(self) -> int | None:
        """Frames from one key frame to the next where the camera decides on it; None: it does not, or did not yet."""
        sequence = self._capture.sequence if self._capture else None
        return sequence.key_interval if sequence else None

    def take_bitrate(self, encoder: Encoder | None, video: Video) -> bool:
        """Whether the running encoder has the bitrate now, or none needs it: frames that come coded keep theirs."""
        if not self.plan.whole:
            return True
        if not (encoder and encoder.rate_property):
            return False
        self.publisher.set_bitrate(encoder.rate_property, encoder.rate(video.bitrate_kbps))
        return True

    def close(self) -> list[threading.Thread]:
        """Begin the end of all pipelines; each thread ends with one."""
        if self._drawn:
            self._drawn.stop()
        pipelines: list[Pipeline | None] = [self._capture, self.publisher]
        return [pipeline.close() for pipeline in pipelines if pipeline]
