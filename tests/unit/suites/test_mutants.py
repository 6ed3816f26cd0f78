"""Faults that `python -m tests.mutants` would put into the product."""

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.mutants.__main__ import Mutant, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_fault_has_its_place_and_its_tests(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.new != mutant.old
    assert [path for path in mutant.tests if not (ROOT / path).exists()] == []
