from pathlib import Path

import pytest

from envivo.lab import engine, hosts, keys, life, network
from envivo.lab.hosts import LabContainer
from envivo.lab.topology import named


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


def test_abandoned_hosts_are_removed_by_a_checkout_that_has_no_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned = {name: LabContainer(True, str(tmp_path / "gone")) for name in ("media1", "spare1")}
    for name in ("STATE", "KNOWN_HOSTS", "_NETWORKS"):
        monkeypatch.setattr(keys, name, tmp_path / "lab" / name)
    monkeypatch.setattr(engine, "ensure", lambda: None)
    monkeypatch.setattr(hosts, "containers", lambda: dict(abandoned))
    monkeypatch.setattr(hosts, "remove", lambda names: [abandoned.pop(name) for name in names])
    monkeypatch.setattr(network, "remove", lambda networks: None)

    life._remove(named("pair"))

    assert abandoned.keys() == {"spare1"} and not (tmp_path / "lab").exists()
