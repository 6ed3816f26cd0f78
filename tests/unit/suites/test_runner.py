import os
from pathlib import Path

import pytest

from tests.suites import runner
from tests.suites.catalogue import Suite
from tests.suites.runner import Run, Step, next_suite

PAGE, WAN = Suite("page", (), ("pair",), front=True), Suite("wan", (), ("wan",), front=True)
SPARE, LAB, TURN = Suite("spare", (), ("spare",)), Suite("lab", (), ("spare", "bench")), Suite("turn", ())


@pytest.mark.parametrize(
    ("waiting", "running", "front", "chosen"),
    [
        ([PAGE, WAN, SPARE], [], True, PAGE),
        ([PAGE, WAN, SPARE], [], False, SPARE),
        ([WAN, LAB, TURN], [PAGE, SPARE], False, TURN),
        ([WAN, LAB], [PAGE, SPARE], False, None),
        ([WAN], [PAGE], False, None),
        ([TURN, LAB], [SPARE], True, TURN),
        ([LAB], [SPARE], True, None),
        ([LAB], [], True, LAB),
        ([], [LAB], True, None),
    ],
)
def test_a_lane_takes_its_own_suites_first_and_none_whose_hosts_are_in_use(
    waiting: list[Suite], running: list[Suite], front: bool, chosen: Suite | None
) -> None:
    assert next_suite(waiting, running, front) is chosen


def test_steps_that_need_one_core_are_run_at_once_and_each_must_succeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RESULTS_FOLDER", tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    waits, tells = f"cat <{gate}", f"echo told >{gate}; env; false"
    run = Run()
    assert not run.at_once(
        [Step("waits", ("sh", "-c", waits))], [Step("tells", ("sh", "-c", tells)), Step("never", ("true",))]
    )
    assert {ended.step.name: ended.code for ended in run.ended} == {"waits": 0, "tells": 1}
    assert (tmp_path / "waits.log").read_text() == "told\n"
    assert "PYTHONDONTWRITEBYTECODE" not in (tmp_path / "tells.log").read_text()
