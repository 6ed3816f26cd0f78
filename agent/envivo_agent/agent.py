"""(gi) The main loop: asks the machine what to do, does it, and says so to the journal, systemd and the status file."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from envivo_agent import faults, machine, notify, peer, status
from envivo_agent.config import Config
from envivo_agent.faults import Fault
from envivo_agent.feeder import Feeder
from envivo_agent.gst import GLib, version
from envivo_agent.journal import ERROR, INFO, NOTICE, WARNING, Journal
from envivo_agent.machine import Flow, Machine
from envivo_agent.picture import TestPicture
from envivo_agent.pipeline import Pipeline
from envivo_agent.plan import plan

TICK_MS = 100
STATUS_S = 2
CLOSE_LIMIT_S = 3.0
STOP_LIMIT_S = 1.5
EX_TEMPFAIL = 75
"""Ends the process when a pipeline cannot be ended; systemd starts it again."""


class Agent:
    def __init__(self, config: Config, status_file: Path | None) -> None:
        self._config = config
        self._plan = plan(config)
        self._picture = TestPicture(config.video.width, config.video.height) if config.source.kind == "test" else None
        self._status_file = status_file
        self._journal = Journal(self._write, time.monotonic, (config.publish.password,))
        self._loop = GLib.MainLoop()
        self._machine = Machine()
        self._pipeline: Pipeline | None = None
        self._feeder: Feeder | None = None
        self._closing: threading.Thread | None = None
        self._close_by = 0.0
        self._acked: int | None = None
        self._ready = False
        self._started = self._since = self._error_at = time.time()
        self._measured = (time.monotonic(), 0)
        self._fps = 0.0

    def run(self) -> None:
        """Returns after SIGTERM or SIGINT, when the pipeline is down."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        GLib.timeout_add(TICK_MS, self._tick)
        GLib.timeout_add_seconds(1, self._ask_peer)
        GLib.timeout_add_seconds(STATUS_S, self._report)
        interval = notify.watchdog_interval_s(os.environ)
        if interval:
            GLib.timeout_add(int(interval * 1000), self._watchdog)
        self._tick()
        self._loop.run()
        self._report()

    @staticmethod
    def _write(line: str) -> None:
        sys.stdout.write(line)
        sys.stdout.flush()

    def _watchdog(self) -> bool:
        notify.notify(WATCHDOG="1")
        return True

    def _tick(self) -> bool:
        now = time.monotonic()
        if self._closing is not None and not self._closed(self._closing, now):
            return True
        self._enter(*machine.tick(self._machine, now, self._camera_absent(), self._flow(), self._chance()))
        return True

    def _ask_peer(self) -> bool:
        self._acked = peer.acknowledged(self._config.publish.port) if self._pipeline else None
        return True

    def _flow(self) -> Flow:
        if self._pipeline is None:
            return Flow()
        captured = self._pipeline.captured if self._config.source.device else None
        return Flow(self._pipeline.sent, captured, self._acked)

    def _closed(self, closing: threading.Thread, now: float) -> bool:
        if not closing.is_alive():
            self._closing = None
            if self._machine.phase == machine.STOPPED:
                self._loop.quit()
            return True
        if now > self._close_by:
            stopped = self._machine.phase == machine.STOPPED
            self._journal.line(WARNING, "the old pipeline does not end: leaving the process to get rid of it")
            os._exit(0 if stopped else EX_TEMPFAIL)
        return False

    def _camera_absent(self) -> Fault | None:
        device = self._config.source.device
        if not device or Path(device).exists():
            return None
        return faults.classify("source", "no such device", "", self._config)

    @staticmethod
    def _chance() -> float:
        return random.random()  # noqa: S311 - it spreads retries, it guards nothing

    def _enter(self, after: Machine, order: str) -> None:
        before, self._machine = self._machine, after
        if order == machine.BUILD:
            self._build()
        elif order == machine.TEAR_DOWN:
            self._tear_down(STOP_LIMIT_S if after.phase == machine.STOPPED else CLOSE_LIMIT_S)
        if (before.phase, before.fault) != (after.phase, after.fault):
            self._announce(before, after)

    def _build(self) -> None:
        self._pipeline = Pipeline(self._plan, self._on_error)
        self._measured = (time.monotonic(), 0)
        if self._picture:
            self._feeder = Feeder(self._pipeline, self._picture, self._config.video.fps)
        self._pipeline.start()

    def _tear_down(self, limit_s: float) -> None:
        if self._feeder:
            self._feeder.stop()
        if self._pipeline:
            self._closing = self._pipeline.close()
            self._close_by = time.monotonic() + limit_s
        self._feeder = self._pipeline = None

    def _on_error(self, element: str, message: str, debug: str) -> None:
        if self._pipeline is None:
            return
        fault = faults.classify(element, message, debug, self._config)
        self._enter(*machine.fail(self._machine, time.monotonic(), fault, self._chance()))

    def _stop(self) -> None:
        if self._machine.phase == machine.STOPPED:
            return
        notify.notify(STOPPING="1")
        self._enter(*machine.stop(self._machine, time.monotonic()))
        if self._closing is None:
            self._loop.quit()

    def _announce(self, before: Machine, after: Machine) -> None:
        if before.phase != after.phase:
            self._since = time.time()
        if after.fault and after.fault != before.fault:
            self._error_at = time.time()
        if after.phase == machine.LIVE:
            self._journal.change(NOTICE, self._sentence())
        elif after.phase == machine.STOPPED:
            self._journal.change(INFO, self._sentence())
        elif after.phase == machine.CONNECTING:
            if not after.failures:
                self._journal.change(INFO, self._sentence())
        else:
            self._journal.change(ERROR if after.phase == machine.BACKOFF else WARNING, self._sentence())
        if not self._ready and after.phase != machine.CONNECTING:
            self._ready = True
            notify.notify(READY="1", STATUS=self._journal.clean(self._sentence()))
        self._report()

    def _sentence(self) -> str:
        video, current = self._config.video, self._machine
        what = f"{video.width}x{video.height} at {video.fps} fps, {video.bitrate_kbps} kbit/s, {video.encoder}"
        if current.phase in (machine.LIVE, machine.CONNECTING):
            return f"{current.phase}: {self._config.publish.url}, {what}"
        if current.phase == machine.STOPPED:
            return current.phase
        return f"{current.phase}: {current.fault}; trying again"

    def _report(self) -> bool:
        frames = self._pipeline.sent if self._pipeline else 0
        now = time.monotonic()
        then, counted = self._measured
        if now - then >= 1:
            self._fps, self._measured = (frames - counted) / (now - then), (now, frames)
        sentence = self._journal.clean(self._sentence())
        rate = f" ({self._fps:.1f} fps now)" if self._machine.phase == machine.LIVE else ""
        notify.notify(STATUS=sentence + rate)
        if self._status_file:
            try:
                status.write(self._status_file, self._status(frames, sentence))
            except OSError as error:
                self._journal.change(WARNING, f"{self._status_file}: cannot be written: {error.strerror}")
        return True

    def _status(self, frames: int, sentence: str) -> status.Status:
        config, current = self._config, self._machine
        return status.Status(
            name=config.name,
            state=current.phase,
            since=status.moment(self._since),
            reason=sentence,
            publish=config.publish.url,
            source=config.source.device or config.source.kind,
            encoder=config.video.encoder,
            frames=frames,
            fps=round(self._fps, 1) if current.phase == machine.LIVE else 0.0,
            restarts=current.restarts,
            last_error=self._journal.clean(str(current.fault)) if current.fault else "",
            last_error_at=status.moment(self._error_at) if current.fault else "",
            pid=os.getpid(),
            started=status.moment(self._started),
            gstreamer=version(),
            updated=status.moment(time.time()),
        )
