"""What was changed by hand: `envivo verify` names it, one deploy puts it right, `envivo verify` is silent."""

from collections.abc import Sequence

import pytest

from tests.e2e.drifts import LAB, Drift
from tests.e2e.lab import Lab
from tests.e2e.repair import assert_repaired


@pytest.mark.parametrize("drifts", [LAB[0], pytest.param(LAB[1], marks=pytest.mark.proof)], ids=["first", "second"])
def test_what_differs_is_named_and_one_deploy_puts_it_right(lab: Lab, drifts: Sequence[Drift]) -> None:
    lab.deploy()
    assert_repaired(lab, drifts)
