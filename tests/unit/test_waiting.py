"""Waiting for what has no event."""

from envivo.core.polling import until


def test_waiting_ends_with_the_first_good_answer() -> None:
    answers = iter([None, "", "yes", "late"])
    assert until(bool, lambda: next(answers), within_s=60, every_s=0) == "yes"


def test_waiting_ends_with_the_last_answer_when_the_time_is_over() -> None:
    assert until(bool, lambda: "", within_s=0) == ""
