"""Faults of cameras, on Debian 12 and 13 at once: what the agent says of each, and in which order."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.e2e.camera_agent import Process, Seen, seconds
from tests.e2e.camera_bed import MEDIA, Bed
from tests.e2e.failing_camera import BUSY, FPS, FROZEN, GONE, OK, ONLY_LARGER, ONLY_MJPEG, STUTTERS
from tests.e2e.far_stream import stamps
from tests.patience import until

Say = Callable[[str], None]

ABSENT = "waiting-camera: {device} is not there: plug the camera in, or correct the name; trying again"
OTHER_FORMAT = (
    f"waiting-camera: {{device}} gives something else than yuyv 320x180 at {FPS} fps: "
    "use a format and size that it offers; trying again"
)


@pytest.fixture(autouse=True)
def processes(bed: Bed) -> list[Process]:
    """As they run before the fault."""
    bed.restart()
    return bed.processes()


def fixed(bed: Bed, processes: list[Process], told: list[float], seen: list[Seen], *story: str) -> str:
    """Puts the cameras in order; the same processes are live then, and have told the story. When all that was."""
    back = bed.tell(OK)
    live = bed.live_again(back)
    assert bed.processes() == processes
    assert {process.active for process in processes} == {"active"}
    for agent, lines in zip(bed.agents, bed.stories(told), strict=True):
        expected = [line.format(device=f"/dev/failing/{agent.name}") for line in story]
        assert lines[: len(story)] == expected, lines
    return f"said after {seconds(seen, told)}, live again after {seconds(live, back)}"


def test_unplugged_camera_is_waited_for(bed: Bed, processes: list[Process], say: Say) -> None:
    told = bed.tell(GONE)

    seen = bed.reach("waiting-camera", told)
    assert [(one.status["restarts"]["camera"], one.status["stalls"]) for one in seen] == [(1, 0)] * 2
    bed.reach("waiting-camera", told, "is not there: plug the camera in")

    stopped = "waiting-camera: {device} stopped: see to its cable and driver; trying again"
    say(f"unplugged: {fixed(bed, processes, told, seen, stopped, ABSENT)}")


def test_frozen_camera_is_a_stall(bed: Bed, processes: list[Process], say: Say) -> None:
    told = bed.tell(FROZEN)

    seen = bed.reach("stalled", told)
    assert [(one.status["restarts"]["camera"], one.status["stalls"]) for one in seen] == [(1, 1)] * 2

    stalled = "stalled: the camera gave no frame for 3 s: see to its cable and driver; trying again"
    say(f"frozen: {fixed(bed, processes, told, seen, stalled)}")


@pytest.mark.proof
def test_camera_that_another_program_uses_is_waited_for(bed: Bed, processes: list[Process], say: Say) -> None:
    told = bed.tell(BUSY)

    seen = bed.reach("waiting-camera", told)
    for agent in bed.agents:
        wanted = f"/dev/failing/{agent.name} is in use by another program: end that program"
        assert wanted in agent.run(f"systemctl show -P StatusText {agent.unit}")
    # tried again, it stays so
    tried = until(lambda tries: min(tries) > 1, lambda: [agent.last["restarts"]["camera"] for agent in bed.agents], 10)
    assert min(tried) > 1

    busy = "waiting-camera: {device} is in use by another program: end that program; trying again"
    say(f"busy: {fixed(bed, processes, told, seen, busy)}")


@pytest.mark.proof
def test_camera_that_is_absent_at_the_start_is_waited_for(bed: Bed, say: Say) -> None:
    bed.both(lambda agent: agent.run(f"systemctl stop {agent.unit}"))
    bed.tell(GONE)
    started = bed.both(lambda agent: agent.act(f"systemctl start {agent.unit}"))

    seen = bed.reach("waiting-camera", started)
    processes = bed.processes()
    assert {process.restarts for process in processes} == {0}
    # looked for each second, it is said once
    for agent, further in zip(bed.agents, bed.both(lambda agent: agent.further(2)), strict=True):
        assert {one.status["state"] for one in further} == {"waiting-camera"}
        written = [line for line in agent.journal(started[0]).splitlines() if "waiting" in line]
        assert written == [ABSENT.format(device=f"/dev/failing/{agent.name}")]

    say(f"absent at the start: {fixed(bed, processes, started, seen, ABSENT)}")


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


@pytest.mark.proof
def test_camera_that_changes_its_format_is_asked_again(bed: Bed, processes: list[Process], say: Say) -> None:
    told = bed.tell(ONLY_MJPEG)

    seen = bed.reach("waiting-camera", told)
    live = bed.live_again([one.at for one in seen])

    assert all(agent.last["mode"] == f"mjpeg 320x180 at {FPS} fps" for agent in bed.agents)
    say(f"another format: live again after {seconds(live, told)}; {fixed(bed, processes, told, seen, OTHER_FORMAT)}")


@pytest.mark.proof
def test_camera_that_changes_its_size_is_a_fault_with_the_sizes_it_has(
    bed: Bed, processes: list[Process], say: Say
) -> None:
    told = bed.tell(ONLY_LARGER)

    seen = bed.reach("waiting-camera", told, "gives no picture of 320x180: choose one of 640x360")

    say(f"another size: {fixed(bed, processes, told, seen, OTHER_FORMAT)}")
    assert all(agent.last["mode"] == f"yuyv 320x180 at {FPS} fps" for agent in bed.agents)
