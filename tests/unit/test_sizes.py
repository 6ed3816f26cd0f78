"""Sizes read in the unit that fits them, and are written in one place."""

import re

import pytest

from envivo.core.paths import PROJECT as ROOT
from envivo.core.sizes import size


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"),
        (-5, "0 B"),
        (812, "812 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (4096, "4.1 kB"),
        (9949, "9.9 kB"),
        (9960, "10 kB"),
        (45_678, "46 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_140_000, "3.1 MB"),
        (27e9, "27 GB"),
        (1e15, "1000 TB"),
    ],
)
def test_size_has_one_to_three_digits_before_the_point(number: float, words: str) -> None:
    assert size(number) == words


def test_no_other_code_writes_a_unit_after_a_number() -> None:
    wrong = re.compile(r"\}\s?[kMGT](i?B|bytes)\b")
    files = [file for folder in ("envivo", "roles") for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    assert [
        str(file.relative_to(ROOT)) for file in files if wrong.search(file.read_text()) and file.name != "sizes.py"
    ] == []
