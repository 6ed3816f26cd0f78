"""The main loop: does what the state machine orders, and reports to journal, systemd, status file and metrics port."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from envivo_agent import faults, memory, notify, state_machine, status, tcp_acks
from envivo_agent.config import Config, ConfigError, load
from envivo_agent.faults import Fault
from envivo_agent.gst.bindings import GLib, trust
from envivo_agent.gst.heartbeat import EVERY_S, Heartbeat
from envivo_agent.gst.inquiry import Inquiry
from envivo_agent.gst.pipeline import CLOSE_LIMIT_S
from envivo_agent.gst.pipeline_builder import CannotBuildError, PipelineBuilder
from envivo_agent.gst.status_reporter import StatusReporter, sentence
from envivo_agent.gst.stream import Stream
from envivo_agent.gst.web import Web
from envivo_agent.journal import ERROR, INFO, NOTICE, WARNING, Journal
from envivo_agent.leaving import EX_TEMPFAIL, in_words, or_leaves
from envivo_agent.pattern import ClockPattern
from envivo_agent.renewal import BITRATE, KEEP, renewal
from envivo_agent.state_machine import Flow, Machine
from envivo_agent.status import Status

TICK_MS = 100
REPORT_S = 2
STOP_LIMIT_S = 1.5


class Agent:
    def __init__(self, file: Path, config: Config, status_file: Path | None, cache: Path | None) -> None:
        self._file, self._cache = file, cache
        self._config = config
        self._builder = PipelineBuilder(config, cache)
        self._journal = Journal(self._write, time.monotonic, config.secrets)
        self._loop = GLib.MainLoop()
        self._machine = Machine()
        self._inquiry: Inquiry | None = None
        self._stream: Stream | None = None
        self._closing: list[threading.Thread] = []
        self._close_by = 0.0
        self._kept = memory.Kept()
        self._acked: int | None = None
        self._heartbeat: Heartbeat | None = None
        self._ready = False
        self._said = ""
        self._fed_at = -1
        self._status_file = status_file
        self._reporter = StatusReporter(time.time())
        self._web: Web | None = None

    def run(self) -> None:
        """Returns after SIGTERM or SIGINT, when the pipeline is down."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, partial(self._soon, self._stop))
        signal.signal(signal.SIGHUP, partial(self._soon, self._reload))
        threading.excepthook = lambda failed: self.leave(in_words(failed.exc_value))
        GLib.timeout_add(TICK_MS, self._tick)
        GLib.timeout_add_seconds(1, self._ask_peer)
        GLib.timeout_add_seconds(EVERY_S, self._ask_server)
        GLib.timeout_add_seconds(REPORT_S, self._tell)
        if interval := notify.watchdog_interval_s(os.environ):
            GLib.timeout_add(int(interval * 1000), self._watchdog)
        self._listen()
        self._tick()
        self._loop.run()
        self._tell()

    @staticmethod
    def _write(line: str) -> None:
        sys.stdout.write(line)
        sys.stdout.flush()

    @staticmethod
    def _soon(action: Callable[[], None], *_: object) -> None:
        """Run the action between two steps of the main loop: Python calls signal handlers in the middle of one."""
        GLib.idle_add(action, priority=GLib.PRIORITY_HIGH)

    def leave(self, why: str) -> None:
        self._journal.line(ERROR, f"{why}: exiting to start again")
        os._exit(EX_TEMPFAIL)

    def _listen(self) -> None:
        port = self._config.metrics_port
        if port:
            try:
                self._web = Web(port, self._status)
            except GLib.Error as error:
                self._journal.line(WARNING, f"metrics_port: {port} cannot be used ({error.message}): choose another")

    @or_leaves
    def _watchdog(self) -> bool:
        """Watchdog notification. If live, only when frames were sent since the last one."""
        sent = self._stream.publisher.sent if self._stream else -1
        if self._machine.phase != state_machine.LIVE or sent != self._fed_at:
            notify.notify(WATCHDOG="1")
        self._fed_at = sent
        return True

    @or_leaves
    def _tick(self) -> bool:
        now = time.monotonic()
        if self._closing and not self._closed(now):
            return True
        absent = None if self._stream else self._builder.absent()
        flow, jitter, remedy = self._flow(), self._jitter(), self._builder.remedy
        self._enter(*state_machine.tick(self._machine, now, absent, flow, jitter, remedy))
        return True

    @or_leaves
    def _ask_peer(self) -> bool:
        self._acked = tcp_acks.acknowledged(self._config.publish.port) if self._stream else None
        if self._machine.phase == state_machine.LIVE and self._builder.sound_returns(time.monotonic()):
            self._journal.line(INFO, "the sound is back: publishing again with sound")
            self._enter(*state_machine.restart(self._machine, time.monotonic()))
        return True

    @or_leaves
    def _ask_server(self) -> bool:
        if self._heartbeat and self._machine.phase == state_machine.LIVE:
            self._heartbeat.ask()
        return True

    def _flow(self) -> Flow:
        if self._stream is None:
            return Flow(captured=0 if self._inquiry else None)
        self._stream.publisher.look(time.monotonic())
        counts = self._stream.counts
        answers = self._heartbeat.answers if self._heartbeat else None
        return Flow(counts.sent, counts.captured if self._config.source.place else None, self._acked, answers)

    def _closed(self, now: float) -> bool:
        self._closing = [thread for thread in self._closing if thread.is_alive()]
        stopped = self._machine.phase == state_machine.STOPPED
        if not self._closing:
            gc.collect()  # what is left of pipelines refers to itself in cycles
            if stopped:
                self._loop.quit()
            elif much := self._kept.too_much(memory.own(), memory.descriptors(), memory.allowed()):
                self.leave(f"ended pipelines keep too much ({much})")
            return True
        if now > self._close_by:
            self._journal.line(WARNING, "the old pipeline does not end: exiting to end it")
            os._exit(0 if stopped else EX_TEMPFAIL)
        return False

    @staticmethod
    def _jitter() -> float:
        return random.random()  # noqa: S311 - it spreads retries, it guards nothing

    def _enter(self, after: Machine, order: str) -> None:
        before, self._machine = self._machine, after
        if order == state_machine.TEAR_DOWN:
            self._tear_down(STOP_LIMIT_S if after.phase == state_machine.STOPPED else CLOSE_LIMIT_S)
        if (before.phase, before.fault) != (after.phase, after.fault):
            self._announce(before, after)
        if order == state_machine.BUILD:
            self._build()

    def _build(self) -> None:
        if self._builder.from_network:
            self._inquiry = Inquiry(self._config.source, self._answered)
        else:
            self._assemble()

    @or_leaves
    def _answered(self, inquiry: Inquiry) -> None:
        if inquiry is not self._inquiry:
            return  # nobody waits for it now
        self._inquiry = None
        if fault := inquiry.fault or self._builder.announced(inquiry.tracks, time.monotonic()):
            self._fail(fault)
        else:
            self._assemble()

    def _assemble(self) -> None:
        try:
            plan = self._builder.plan(time.monotonic())
            self._say(self._builder.account)
            drawn = None if plan.capture else ClockPattern(plan.video.width, plan.video.height)
            self._stream = Stream(plan, drawn, self._on_error)
        except CannotBuildError as error:
            self._fail(error.fault)
        except GLib.Error as error:
            self._fail(faults.unbuildable(error.message))
        else:
            self._heartbeat = None if self._config.publish.over_rtmp else Heartbeat(self._config.publish)
            self._machine = state_machine.begun(self._machine, time.monotonic())
            self._stream.start()

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            self._journal.line(INFO, what)

    def _tear_down(self, limit_s: float) -> None:
        if self._stream:
            self._reporter.ended(self._stream)
            self._closing += self._stream.close()
            self._close_by = time.monotonic() + limit_s
        if self._heartbeat:
            self._heartbeat.close()
        self._stream = self._heartbeat = self._inquiry = None

    @or_leaves
    def _on_error(self, element: str, message: str, debug: str) -> None:
        if self._stream is not None:
            self._fail(faults.classify(element, message, debug, self._config, self._builder.mode))

    def _fail(self, fault: Fault) -> None:
        now = time.monotonic()
        self._builder.failed(fault, now)
        self._enter(*state_machine.fail(self._machine, now, fault, self._jitter()))

    def _stop(self) -> None:
        if self._machine.phase == state_machine.STOPPED:
            return
        notify.notify(STOPPING="1")
        self._enter(*state_machine.stop(self._machine, time.monotonic()))
        if not self._closing:
            self._loop.quit()

    @or_leaves
    def _reload(self) -> None:
        """Take over what changed, on the same connection where possible. A wrong file changes nothing."""
        if self._machine.phase == state_machine.STOPPED:
            return
        try:
            config = load(self._file)
        except ConfigError as error:
            for problem in error.problems:
                self._journal.line(ERROR, f"{self._file}: {problem}; going on as before")
            return
        before, self._config = self._config, config
        self._journal.secrets |= config.secrets
        asked = renewal(before, config, self._machine.phase == state_machine.LIVE)
        if self._stream and (asked == KEEP or (asked == BITRATE and self._take_bitrate(self._stream))):
            self._builder.config = config
        else:
            if problem := trust(config.publish.ca):
                self._journal.line(ERROR, f"publish.ca: {problem}")
            self._builder = PipelineBuilder(config, self._cache)
            self._enter(*state_machine.restart(self._machine, time.monotonic()))
        if config.metrics_port != before.metrics_port:
            if self._web:
                self._web.close()
                self._web = None
            self._listen()
        self._journal.line(INFO, f"{self._file}: read again")
        self._tell()

    def _take_bitrate(self, stream: Stream) -> bool:
        return stream.take_bitrate(self._builder.selection.encoder, self._config.video)

    def _announce(self, before: Machine, after: Machine) -> None:
        self._reporter.changed(before, after, self._stream)
        said = self._sentence()
        if after.phase == state_machine.LIVE:
            self._journal.change(NOTICE, said)
        elif after.phase == state_machine.STOPPED or after.fault is None:
            self._journal.change(INFO, said)
        elif after.phase == state_machine.CONNECTING:
            if not after.failures:
                self._journal.change(INFO, said)
        else:
            self._journal.change(ERROR if after.phase == state_machine.BACKOFF else WARNING, said)
        if not self._ready and after.phase != state_machine.CONNECTING:
            self._ready = True
            notify.notify(READY="1", STATUS=said)
        self._tell()

    def _sentence(self) -> str:
        return self._journal.clean(sentence(self._config, self._builder, self._machine))

    def _status(self) -> Status:
        current = self._reporter.status(self._config, self._builder, self._machine, self._stream, self._sentence())
        return replace(current, last_error=self._journal.clean(current.last_error))

    @or_leaves
    def _tell(self) -> bool:
        current = self._status()
        known = current.state == state_machine.LIVE and current.fps is not None
        rate = f" ({current.fps:.1f} fps, {current.bitrate_kbps} kbit/s now)" if known else ""
        notify.notify(STATUS=current.reason + rate)
        if self._status_file:
            try:
                status.write(self._status_file, current)
            except OSError as error:
                self._journal.change(WARNING, f"{self._status_file}: cannot be written: {error.strerror}")
        return True
