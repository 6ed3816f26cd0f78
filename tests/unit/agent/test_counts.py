import pytest
from envivo_agent.counts import ENOUGH_OF, FIRST_S, BestRate, Counts, Rates, enough

from envivo.roles.base import causes


def test_counts_of_several_pipelines_add_up() -> None:
    assert Counts(1, 2, 3, 4) + Counts(10, 20, 30, 40) == Counts(11, 22, 33, 44)
    assert Counts(1, 2, 3, 4) + Counts() == Counts(1, 2, 3, 4)


def test_rates_are_those_between_two_looks() -> None:
    rates = Rates(100.0)
    rates.look(104.0, Counts(sent=120, bytes_sent=1_250_000))
    assert (rates.fps, rates.kbps) == (30.0, 2500.0)
    rates.look(106.0, Counts(sent=150, bytes_sent=1_250_000))
    assert (rates.fps, rates.kbps) == (15.0, 0.0)


def test_rates_are_not_known_before_their_first_window_has_passed() -> None:
    rates, sent = Rates(100.0), 5
    for begin in (100.0, 200.0):
        rates.begin(begin, Counts(sent=sent))
        for tenths in range(0, int(FIRST_S * 10), 5):
            rates.look(begin + tenths / 10, Counts(sent=sent + tenths))
            assert (rates.fps, rates.kbps) == (None, None)
        sent += round(FIRST_S * 30)
        rates.look(begin + FIRST_S, Counts(sent=sent))
        assert rates.fps == pytest.approx(30.0)


def test_rates_are_not_disturbed_by_looks_that_come_too_often() -> None:
    rates = Rates(0.0)
    rates.look(4.0, Counts(sent=120))
    for tenth in range(1, 10):
        rates.look(4 + tenth / 10, Counts(sent=120 + 1000 * tenth))
        assert rates.fps == 30.0
    rates.look(5.0, Counts(sent=150))
    assert rates.fps == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("frames", "fps", "works"),
    [
        # by tenths of a second: (at, frames)
        ([(0, 0), (5, 0), (6, 1), (16, 31), (26, 61)], 30, True),
        ([(0, 1), (10, 13), (20, 25)], 12, False),
        ([(0, 1), (10, 5), (20, 35)], 30, True),
        ([(0, 1), (5, 16)], 0, False),
        ([(0, 0)], 0, False),
    ],
    ids=["steady", "slow", "slow at first", "too short", "nothing"],
)
def test_best_second_is_the_rate(frames: list[tuple[int, int]], fps: float, works: bool) -> None:
    rate = BestRate()
    for tenths, count in frames:
        rate.look(100 + tenths / 10, count)
    assert rate.fps == pytest.approx(fps)
    assert enough(rate.fps, 30) is works


def test_agent_and_verify_agree_on_how_many_frames_are_too_few() -> None:
    assert ENOUGH_OF == causes.ENOUGH_OF
