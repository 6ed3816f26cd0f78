"""Faults of cameras, on Debian 12 and 13 at once: what the agent says of each, and in which order."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import pytest

from tests.e2e.camera_agent import Process, seconds
from tests.e2e.camera_bed import MEDIA, Bed
from tests.e2e.failing_camera import BUSY, FPS, FROZEN, GONE, OK, ONLY_LARGER, ONLY_MJPEG, STUTTERS
from tests.e2e.far_stream import stamps
from tests.patience import until

Say = Callable[[str], None]

YUYV, MJPEG = f"yuyv 320x180 at {FPS} fps", f"mjpeg 320x180 at {FPS} fps"
ABSENT = "waiting-camera: {device} does not exist: plug the camera in, or fix the name; trying again"
STOPPED = "waiting-camera: {device} stopped: check its cable and driver; trying again"
STALLED = "stalled: the camera gave no frame for 3 s: check its cable and driver; trying again"
IN_USE = "waiting-camera: {device} is in use by another program: end that program; trying again"
OTHER = f"waiting-camera: {{device}} does not support {YUYV}: use a format and size that it offers; trying again"
SIZES = "waiting-camera: {device} gives no picture of 320x180: choose one of 640x360; trying again"


class Fault(NamedTuple):
    word: str
    """What the camera is told."""
    story: tuple[str, ...]
    """The first changes of the agent's state."""
    fix: str = OK
    mode: str = YUYV
    """What the agent asks of the camera when that is told."""
    tries: int = 1


@pytest.fixture(autouse=True)
def processes(bed: Bed) -> list[Process]:
    """As they run before the fault."""
    bed.restart()
    return bed.processes()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(GONE, (STOPPED, ABSENT)), id="unplugged"),
        pytest.param(Fault(FROZEN, (STALLED,)), id="frozen"),
        pytest.param(Fault(BUSY, (IN_USE,), tries=2), id="in-use", marks=pytest.mark.proof),
        pytest.param(Fault(ONLY_MJPEG, (OTHER,), ONLY_MJPEG, MJPEG), id="other-format", marks=pytest.mark.proof),
        pytest.param(Fault(ONLY_LARGER, (OTHER, SIZES), tries=2), id="other-size", marks=pytest.mark.proof),
    ],
)
def test_camera_that_fails_is_named_and_waited_for(bed: Bed, processes: list[Process], say: Say, fault: Fault) -> None:
    told = bed.tell(fault.word)

    seen = [bed.reach(line.partition(":")[0], told, line) for line in fault.story]
    counts = {(one.status["restarts"]["camera"], one.status["stalls"]) for one in seen[0]}
    assert counts == {(1, int(fault.story[0] == STALLED))}
    tried = until(
        lambda tried: min(tried) >= fault.tries, lambda: [agent.last["restarts"]["camera"] for agent in bed.agents], 20
    )
    assert min(tried) >= fault.tries

    back = bed.tell(fault.fix)
    live = bed.live_again(back)
    assert bed.processes() == processes
    assert [agent.last["mode"] for agent in bed.agents] == [fault.mode] * 2
    for agent, story in zip(bed.agents, bed.stories(told), strict=True):
        assert story[: len(fault.story)] == [line.format(device=agent.device) for line in fault.story], story
    say(f"{fault.word}: said after {seconds(seen[0], told)}, live again after {seconds(live, back)}")


@pytest.mark.proof
def test_camera_that_is_absent_at_the_start_is_waited_for(bed: Bed, say: Say) -> None:
    bed.both(lambda agent: agent.run(f"systemctl stop {agent.unit}"))
    bed.tell(GONE)
    started = bed.both(lambda agent: agent.act(f"systemctl start {agent.unit}"))

    seen = bed.reach("waiting-camera", started, ABSENT)
    processes = bed.processes()
    assert {(process.active, process.restarts) for process in processes} == {("active", 0)}
    # looked for each second, it is said once
    for agent, further in zip(bed.agents, bed.both(lambda agent: agent.further(2)), strict=True):
        line = ABSENT.format(device=agent.device)
        assert {one.status["reason"] for one in further} == {line}
        assert agent.run(f"systemctl show -P StatusText {agent.unit}").strip() == line
        assert [said for said in agent.journal(started[0]).splitlines() if "waiting" in said] == [line]

    back = bed.tell(OK)
    live = bed.live_again(back)
    assert bed.processes() == processes
    say(f"absent at the start: said after {seconds(seen, started)}, live after {seconds(live, back)}")


@pytest.mark.proof
def test_camera_that_stutters_leaves_no_gap_in_the_stream(bed: Bed, processes: list[Process], say: Say) -> None:
    sessions = bed.sessions()
    bed.tell(STUTTERS)
    first = bed.both(lambda agent: agent.further(2)[-1])

    streams = bed.both(lambda agent: stamps(bed.lab.hosts[MEDIA], agent.name, 5 * FPS))

    last = bed.both(lambda agent: agent.further(1)[-1])
    for stream in streams:
        assert {round((after - before) * FPS, 2) for before, after in pairwise(stream)} == {1.0}, stream
    rates = {}
    for key in ("frames_captured", "frames_sent"):
        rates[key] = [
            (after.status[key] - before.status[key]) / (after.at - before.at)
            for before, after in zip(first, last, strict=True)
        ]
    # a third of the frames is left out by the camera, and filled in by the agent
    for captured, sent in zip(*rates.values(), strict=True):
        assert captured < 0.8 * sent, rates
    assert all(one.status["restarts"]["camera"] == one.status["stalls"] == 0 for one in last)
    assert (bed.processes(), bed.sessions()) == (processes, sessions)
    say(f"stutters: {rates} frames a second; no gap in {[len(stream) for stream in streams]} frames of a viewer")
