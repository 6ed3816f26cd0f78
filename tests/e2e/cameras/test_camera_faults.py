"""Faults of cameras, on Debian 12 and 13 at once: how soon each is seen, what is said, and when all is well again."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from envivo.waiting import until
from tests.e2e.camera_bed import CAMERA_BACK_S, MEDIA, Bed, Process, seconds, soon
from tests.e2e.failing_camera import BUSY, FPS, FROZEN, GONE, OK, ONLY_LARGER, ONLY_MJPEG, STUTTERS
from tests.e2e.far_stream import stamps

Say = Callable[[str], None]


@pytest.fixture(autouse=True)
def processes(bed: Bed) -> list[Process]:
    """As they run before the fault, and have not changed after it."""
    bed.restart()
    return bed.processes()


def unchanged(bed: Bed, processes: list[Process]) -> None:
    assert bed.processes() == processes
    assert {process.active for process in processes} == {"active"}


def test_unplugged_camera_is_waited_for(bed: Bed, processes: list[Process], say: Say) -> None:
    since = bed.tell(GONE)

    seen = bed.reach("waiting-camera", since, 2)
    for agent, said in zip(bed.agents, seen, strict=True):
        assert said.status["last_error"] == f"/dev/failing/{agent.name} stopped: see to its cable and driver"
        assert (said.status["restarts"]["camera"], said.status["stalls"]) == (1, 0)
    bed.reach("waiting-camera", since, 5, "is not there: plug the camera in")
    unchanged(bed, processes)

    back = bed.tell(OK)
    live = bed.live_again(back, CAMERA_BACK_S)
    unchanged(bed, processes)
    say(f"unplugged: seen after {seconds(seen, since)}, live again after {live}")


def test_frozen_camera_is_a_stall_within_three_seconds(bed: Bed, processes: list[Process], say: Say) -> None:
    since = bed.tell(FROZEN)

    seen = bed.reach("stalled", since, 3.5)
    for said in seen:
        assert said.status["last_error"] == "the camera gave no frame for 3 s: see to its cable and driver"
        assert (said.status["restarts"]["camera"], said.status["stalls"]) == (1, 1)

    back = bed.tell(OK)
    live = bed.live_again(back, CAMERA_BACK_S)
    unchanged(bed, processes)
    say(f"frozen: seen after {seconds(seen, since)}, live again after {live}")


def test_camera_that_another_program_uses_is_waited_for(bed: Bed, processes: list[Process], say: Say) -> None:
    since = bed.tell(BUSY)

    seen = bed.reach("waiting-camera", since, 2)
    for agent, said in zip(bed.agents, seen, strict=True):
        wanted = f"/dev/failing/{agent.name} is in use by another program: end that program"
        assert said.status["last_error"] == wanted
        assert wanted in agent.run(f"systemctl show -P StatusText {agent.unit}")
    # tried again, it stays so
    bed.both(lambda agent: until(lambda last: last["restarts"]["camera"] > 1, lambda: agent.last, 5, 0.1))
    assert all(agent.last["restarts"]["camera"] > 1 for agent in bed.agents)

    back = bed.tell(OK)
    live = bed.live_again(back, CAMERA_BACK_S)
    unchanged(bed, processes)
    say(f"busy: seen after {seconds(seen, since)}, live again after {live}")


def test_camera_that_is_absent_at_the_start_is_waited_for(bed: Bed, say: Say) -> None:
    bed.both(lambda agent: agent.act(f"systemctl stop {agent.unit}"))
    bed.tell(GONE)
    since = bed.both(lambda agent: agent.act(f"systemctl start {agent.unit}"))

    seen = bed.reach("waiting-camera", since, 5)
    processes = bed.processes()
    assert {(process.active, process.restarts) for process in processes} == {("active", 0)}
    bed.reach("waiting-camera", soon(4), 10)
    for agent, began in zip(bed.agents, since, strict=True):
        said = [line for line in agent.journal(began) if "waiting" in line]
        assert said == [
            f"waiting-camera: /dev/failing/{agent.name} is not there: plug the camera in, or correct the name; "
            "trying again"
        ]

    back = bed.tell(OK)
    live = bed.live_again(back, CAMERA_BACK_S)
    unchanged(bed, processes)
    say(f"absent at the start: said after {seconds(seen, since)}, live after {live}")


def test_camera_that_stutters_leaves_no_gap_in_the_stream(bed: Bed, processes: list[Process], say: Say) -> None:
    sessions = bed.sessions()
    bed.tell(STUTTERS)
    first = bed.reach("live", soon(1), 6)

    seen = bed.both(lambda agent: stamps(bed.lab.hosts[MEDIA], agent.name, 5 * FPS))

    last = bed.reach("live", soon(0), 6)
    rates = {}
    for key in ("frames_captured", "frames_sent"):
        rates[key] = [
            (after.status[key] - before.status[key]) / (after.at - before.at)
            for before, after in zip(first, last, strict=True)
        ]
    assert all(0.5 * FPS < rate < 0.8 * FPS for rate in rates["frames_captured"]), rates
    assert rates["frames_sent"] == pytest.approx([FPS, FPS], abs=1)
    for stream in seen:
        assert {round((after - before) * FPS, 2) for before, after in pairwise(stream)} == {1.0}, stream
    assert all(one.status["restarts"]["camera"] == one.status["stalls"] == 0 for one in last)
    assert bed.sessions() == sessions
    unchanged(bed, processes)
    say(f"stutters: {rates} frames a second; no gap in {[len(stream) for stream in seen]} frames that a viewer got")


def test_camera_that_changes_its_format_is_asked_again(bed: Bed, processes: list[Process], say: Say) -> None:
    since = bed.tell(ONLY_MJPEG)

    bed.reach("waiting-camera", since, 2, "gives something else than yuyv 320x180")
    live = bed.live_again(since, CAMERA_BACK_S)

    assert all(agent.last["mode"] == f"mjpeg 320x180 at {FPS} fps" for agent in bed.agents)
    unchanged(bed, processes)
    say(f"another format: live again after {live}")


def test_camera_that_changes_its_size_is_a_fault_with_the_sizes_it_has(
    bed: Bed, processes: list[Process], say: Say
) -> None:
    since = bed.tell(ONLY_LARGER)

    words = "gives no picture of 320x180: choose one of 640x360"
    seen = bed.reach("waiting-camera", since, 5, words)

    back = bed.tell(OK)
    live = bed.live_again(back, CAMERA_BACK_S)
    assert all(agent.last["mode"] == f"yuyv 320x180 at {FPS} fps" for agent in bed.agents)
    unchanged(bed, processes)
    say(f"another size: said after {seconds(seen, since)}, live again after {live}")
