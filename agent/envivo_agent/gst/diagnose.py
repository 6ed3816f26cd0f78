"""Diagnosis of one camera, step by step from the packages to the server, up to the first step that fails."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from envivo_agent import faults, tcp_acks
from envivo_agent.config import Config
from envivo_agent.controls import REMEDY
from envivo_agent.counts import BestRate, enough
from envivo_agent.diagnosis import Step, line
from envivo_agent.faults import Fault
from envivo_agent.gst.bindings import GLib
from envivo_agent.gst.capture import Capture
from envivo_agent.gst.pipeline import CLOSE_LIMIT_S, OnError
from envivo_agent.gst.pipeline_builder import CannotBuildError, PipelineBuilder
from envivo_agent.gst.preflight import asked, unfit_to_try
from envivo_agent.gst.stream import Stream
from envivo_agent.pattern import ClockPattern
from envivo_agent.plan import Plan

ENOUGH = 10
"""Frames after which a step counts as working."""
RTMP_LOOKS_S = 3
"""MediaMTX looks at the first two seconds of RTMP before it takes or refuses a publisher."""
CAPTURE_LIMIT_S = 10.0
PUBLISH_LIMIT_S = 15.0
_LOOK_MS = 50


class _Sink:
    """Takes a capture's frames in place of a feeder."""

    def __init__(self) -> None:
        self.captured = 0

    def running_time_ns(self) -> None:
        return None

    def base_time_ns(self) -> int:
        return 0

    def set_caps(self, caps: Any) -> None:
        """Ignored: nothing is encoded."""

    def feed(self, _frame: Any, _at_ns: int | None) -> None:
        self.captured += 1

    def hear(self, _piece: Any, _at_ns: int | None) -> None:
        """Ignored, likewise."""


def _wait(done: Callable[[], bool], limit_s: float) -> None:
    """Run the main loop until `done`, for `limit_s` at most."""
    loop, end = GLib.MainLoop(), time.monotonic() + limit_s

    def look() -> bool:
        if done() or time.monotonic() > end:
            loop.quit()
            return False
        return True

    GLib.timeout_add(_LOOK_MS, look)
    loop.run()


def _failed(name: str, fault: Fault) -> Step:
    return Step(name, False, fault.text, fault.fix)


def _collector(found: list[Fault], config: Config, builder: PipelineBuilder) -> OnError:
    def collect(element: str, message: str, debug: str) -> None:
        found.append(faults.classify(element, message, debug, config, builder.mode))

    return collect


def _capture(config: Config, builder: PipelineBuilder, plan: Plan) -> Step:
    if plan.capture is None:
        return Step("capture", True, "the test picture needs no camera")
    found: list[Fault] = []
    wanted = builder.wanted_fps
    sink = _Sink()
    capture = Capture(plan, sink, _collector(found, config, builder))
    capture.start()
    rate = BestRate()

    def done() -> bool:
        return bool(found) or enough(rate.look(time.monotonic(), sink.captured), wanted)

    _wait(done, CAPTURE_LIMIT_S)
    capture.close().join(CLOSE_LIMIT_S)
    if found:
        return _failed("capture", found[0])
    if sink.captured < ENOUGH:
        what = f"{config.source.place} gave {sink.captured} frames in {CAPTURE_LIMIT_S:.0f} s"
        return Step("capture", False, what, builder.remedy)
    what = f"{builder.what or config.source.place}: {sink.captured} frames, {_of(rate, wanted)}"
    if enough(rate.fps, wanted):
        return Step("capture", True, what)
    return Step("capture", False, what, "more light, another format or a smaller picture; or configure that rate")


def _controls(config: Config, builder: PipelineBuilder) -> Step:
    """What is captured does not depend on it."""
    if builder.refused_controls:
        return Step("controls", False, "; ".join(builder.refused_controls), REMEDY)
    names = ", ".join(f"{name} {value}" for name, value in config.source.controls)
    return Step("controls", True, f"{names}: in force")


def _of(rate: BestRate, wanted: int) -> str:
    return f"{rate.fps:.0f} of {wanted} frames a second"


def _publish(config: Config, builder: PipelineBuilder, plan: Plan) -> Step:
    found: list[Fault] = []
    drawn = None if plan.capture else ClockPattern(plan.video.width, plan.video.height)
    stream = Stream(plan, drawn, _collector(found, config, builder))
    stream.start()
    began = time.monotonic()
    acked: list[int | None] = [None]
    rate, wanted = BestRate(), builder.wanted_fps
    enough_sent = max(ENOUGH, RTMP_LOOKS_S * wanted if config.publish.over_rtmp else 0)

    def done() -> bool:
        acked[0] = tcp_acks.acknowledged(config.publish.port)
        fast = enough(rate.look(time.monotonic(), stream.publisher.sent), wanted)
        return bool(found) or (fast and stream.publisher.sent >= enough_sent and bool(acked[0]))

    _wait(done, PUBLISH_LIMIT_S)
    sent, took = stream.publisher.sent, time.monotonic() - began
    for thread in stream.close():
        thread.join(CLOSE_LIMIT_S)
    if found:
        return _failed("publish", found[0])
    if sent < ENOUGH or not acked[0]:
        what = f"{config.publish.url} took {sent} frames in {PUBLISH_LIMIT_S:.0f} s"
        return Step("publish", False, what, "check its firewall and the network to it")
    what = f"{config.publish.url} took {sent} frames, {acked[0]} bytes, in {took:.1f} s, {_of(rate, wanted)}"
    if enough(rate.fps, wanted):
        return Step("publish", True, what)
    return Step("publish", False, what, "see what else takes processor time (top); or a smaller picture or rate")


def steps(config: Config, cache: Path | None) -> Iterator[Step]:
    """Steps up to the first that fails."""
    if missing := unfit_to_try(config):
        what, fix = ("; ".join(texts) for texts in zip(*((fault.text, fault.fix) for fault in missing), strict=True))
        yield Step("installed", False, what, fix)
        return
    yield Step("installed", True, "all elements are there")
    builder = PipelineBuilder(config, cache)
    if builder.from_network:
        if fault := asked(builder):
            yield _failed("source", fault)
            return
        yield Step("source", True, f"{config.source.place}: {builder.what}")
    if builder.encodes:
        chosen = builder.selection
        works = chosen.encoder is not None
        yield Step("encode", works, chosen.reason, "" if works else "choose another encoder")
        if not works:
            return
    if absent := builder.absent():
        yield _failed("capture", absent)
        return
    try:
        plan = builder.plan(time.monotonic())
    except CannotBuildError as error:
        yield _failed("capture", error.fault)
        return
    if config.source.controls:
        yield _controls(config, builder)
    captured = _capture(config, builder, plan)
    yield captured
    if captured.ok:
        yield _publish(config, builder, plan)


def attempt(config: Config, cache: Path | None) -> int:
    """Print each step as it ends. Returns the exit code: 1 where one failed."""
    code = 0
    for step in steps(config, cache):
        sys.stdout.write(line(step, config.secrets))
        sys.stdout.flush()
        code = code if step.ok else 1
    return code
