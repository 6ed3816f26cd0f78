"""What /proc says of a machine's processors."""

import pytest

from envivo.probes.load import Load, here, parse

IDLE = "cpu  1000 0 500 8000 100 0 50 0 0 0"
LATER = "cpu  1010 0 500 8180 100 0 60 0 0 0"
BUSY = "cpu  1150 0 540 8002 100 0 50 8 0 0"
"""Two of 200 ticks are idle; 8 were stolen."""
PSI = "some avg10=63.20 avg60=12.00 avg300=3.00 total=123\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"


@pytest.mark.parametrize(
    ("after", "more", "expected", "starved", "words"),
    [
        (LATER, "", Load(0.1, 0.25, 2), False, "10 % busy, load 0.2 on 2 cores"),
        (BUSY, "", Load(0.99, 0.25, 2), True, "99 % busy, load 0.2 on 2 cores"),
        (LATER, PSI, Load(0.1, 0.25, 2, 63.2), True,
         "10 % busy, load 0.2 on 2 cores, programs waited 63 % of the time"),
        (LATER, PSI.replace("63.20", "3.00") + PSI.replace("63.20", "71.00"), Load(0.1, 0.25, 2, 71.0), True,
         "10 % busy, load 0.2 on 2 cores, programs waited 71 % of the time"),
    ],
    ids=["idle", "busy", "pressure", "limited container"],
)  # fmt: skip
def test_machine_without_processor_time_is_seen(
    after: str, more: str, expected: Load, starved: bool, words: str
) -> None:
    found = parse(f"{IDLE}\n{after}\n0.25 0.20 0.10 1/200 4242\n2\n{more}")
    assert found.busy == pytest.approx(expected.busy, abs=0.011)
    assert (found.average, found.cores, found.pressure) == (expected.average, expected.cores, expected.pressure)
    assert found.starved is starved
    assert str(found) == words


def test_answer_that_is_not_of_proc_is_refused() -> None:
    for text in ("", "welcome\n", f"{IDLE}\nwelcome\n0.1 1\n2"):
        with pytest.raises(ValueError, match="not the"):
            parse(text)


def test_this_computer_has_a_load() -> None:
    assert 0 <= here().busy <= 1
