"""(gi) One attempt to publish: source, feeder and publisher, built together and ended together."""

from __future__ import annotations

import threading

from envivo_agent.capture import Capture
from envivo_agent.counts import Counts
from envivo_agent.feeder import Feeder
from envivo_agent.picture import TestPicture
from envivo_agent.pipeline import OnError, Pipeline
from envivo_agent.plan import Plan
from envivo_agent.publisher import Publisher
from envivo_agent.test_source import TestSource


class Stream:
    def __init__(self, plan: Plan, picture: TestPicture | None, on_error: OnError) -> None:
        """`picture` is drawn where the plan has no capture. Raises gi's GLib.Error."""
        self.plan = plan
        self.publisher = Publisher(plan, on_error)
        self._feeder = Feeder(self.publisher, plan)
        self._capture: Capture | None = Capture(plan, self._feeder, on_error) if plan.capture else None
        self._drawn = TestSource(picture, plan.video.fps, self._feeder) if picture else None

    def start(self) -> None:
        if self._capture:
            self._capture.start()
        self.publisher.start()

    @property
    def counts(self) -> Counts:
        publisher = self.publisher
        return Counts(self._feeder.captured, publisher.encoded, publisher.sent, publisher.bytes_sent)

    def close(self) -> list[threading.Thread]:
        """Begins the end of all pipelines; each thread ends with one."""
        if self._drawn:
            self._drawn.stop()
        pipelines: list[Pipeline | None] = [self._capture, self.publisher]
        return [pipeline.close() for pipeline in pipelines if pipeline]
