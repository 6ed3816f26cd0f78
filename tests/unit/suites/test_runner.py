import pytest

from tests.suites.catalogue import Suite
from tests.suites.runner import next_suite

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
