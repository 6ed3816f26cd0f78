import pytest

from envivo.lab import life


@pytest.mark.parametrize(
    ("left", "kept"),
    [
        ({"lab1", "wan-cam"}, {"envivo-lab", "envivo-internet", "envivo-home", "envivo-viewers", "envivo-strangers"}),
        ({"lab1"}, {"envivo-lab"}),
        ({"of-another-version"}, {"envivo-lab"}),
        (set(), set()),
    ],
)
def test_a_network_goes_with_the_last_host_that_needs_it(left: set[str], kept: set[str]) -> None:
    every = {network.name for network in life.unused_by(set())}
    assert every - {network.name for network in life.unused_by(left)} == kept
