import threading
from functools import partial

import pytest

from envivo.core.errors import EnvivoError
from envivo.verify.engine import Check, Result, findings, run_checks, with_needs
from envivo.verify.findings import Finding
from tests.patience import patient

WRONG = Finding("h", "wrong", "it is wrong", "make it right")


def fine(claim: str, *needs: Check) -> Check:
    return Check("h", claim, list, needs)


def wrong(claim: str, *needs: Check) -> Check:
    return Check("h", claim, lambda: [WRONG], needs)


def must_not_run(claim: str, *needs: Check) -> Check:
    def run() -> list[Finding]:
        raise AssertionError(f"{claim} was run")

    return Check("h", claim, run, needs)


def test_check_runs_after_what_it_needs() -> None:
    order: list[str] = []

    def note(claim: str) -> list[Finding]:
        order.append(claim)
        return []

    ground = Check("h", "ground", partial(note, "ground"))
    house = Check("h", "house", partial(note, "house"), (ground,))
    results = run_checks([house])
    assert order == ["ground", "house"]
    assert [result.outcome for result in results.values()] == ["ok", "ok"]


def test_check_whose_need_failed_is_not_tried_and_names_the_first_cause() -> None:
    cause = wrong("cause")
    middle = must_not_run("middle", cause)
    end = must_not_run("end", fine("other"), middle)
    results = run_checks([end])
    assert results[end] == Result(end, blocked_by=cause)
    assert results[end].outcome == "not tried"
    assert findings(results.values()) == [WRONG]


def test_checks_that_do_not_need_each_other_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3)

    def meet() -> list[Finding]:
        meeting.wait(patient(10))
        return []

    run_checks([Check("h", str(number), meet) for number in range(3)])
    assert not meeting.broken


def test_check_that_cannot_find_out_has_failed_with_the_reason() -> None:
    def lost() -> list[Finding]:
        raise EnvivoError("h", "the connection is gone", "look at the network")

    results = run_checks([Check("h", "claim", lost)])
    assert [str(one) for one in findings(results.values())] == ["h: the connection is gone: look at the network"]


def test_finding_of_several_checks_is_reported_once() -> None:
    results = run_checks([wrong("one"), wrong("two")])
    assert findings(results.values()) == [WRONG]


def test_every_result_is_told_in_the_calling_thread() -> None:
    told: list[tuple[str, int]] = []
    cause = wrong("cause")
    run_checks(
        [fine("fine"), fine("blocked", cause)], lambda result: told.append((result.outcome, threading.get_ident()))
    )
    assert sorted(told) == sorted((outcome, threading.get_ident()) for outcome in ("ok", "failed", "not tried"))


def test_needs_come_before_and_once() -> None:
    ground = fine("ground")
    left, right = fine("left", ground), fine("right", ground)
    assert with_needs([right, left, ground]) == [ground, right, left]


def test_error_in_a_check_is_not_hidden() -> None:
    with pytest.raises(AssertionError, match="was run"):
        run_checks([must_not_run("buggy")])


def test_what_comes_after_enough_is_neither_begun_nor_waited_for() -> None:
    hang, first = threading.Event(), wrong("first")

    def wait() -> list[Finding]:
        hang.wait(patient(30))
        return []

    slow = Check("h", "slow", wait)
    try:
        results = run_checks([first, slow, must_not_run("later", slow)], enough=lambda result: bool(result.findings))
    finally:
        hang.set()
    assert list(results) == [first]


def test_interrupted_checks_are_not_waited_for() -> None:
    """Ctrl-C comes to the calling thread, while a check waits for a host."""
    release, ended = threading.Event(), threading.Event()

    def hang() -> list[Finding]:
        release.wait(patient(5))
        ended.set()
        return []

    def interrupt(_result: Result) -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            run_checks([Check("h", "hangs", hang), fine("ends")], interrupt)
        assert not ended.is_set()
    finally:
        release.set()
