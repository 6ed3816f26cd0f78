"""However a deploy is broken off, the next one comes to the same end as one that was not."""

import signal
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from envivo.lab.engine import docker
from tests.e2e.lab import Deploying, Lab, SettingsOf, deploying
from tests.e2e.spare.test_1_interrupted import OPERATIONS
from tests.e2e.states import state
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(120))]

SETTINGS = (
    {"mediamtx": {"read_timeout": "13s"}, "web": {"port": 8093, "health_port": 8073}},
    {"mediamtx": {"read_timeout": "14s"}, "web": {"port": 8094, "health_port": 8074},
     "cameras": {"webcam": {"bitrate_kbps": 1400}}},
)  # fmt: skip


@pytest.fixture(scope="module")
def ends(spare: Lab, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, set[tuple[str, str]]]]:
    """Two settings, and what a host has after a deploy of each that nothing broke off."""
    found = []
    for settings in SETTINGS:
        directory = SettingsOf(tmp_path_factory.mktemp("settings"))(**settings)
        spare.deploy(directory)
        found.append((directory, state(spare)))
    assert found[0][1] != found[1][1]
    return found


_TURNS = cycle((0, 1))


def interrupt(lab: Lab, deploy: Deploying) -> None:
    deploy.process.send_signal(signal.SIGINT)
    assert deploy.end() == 130, deploy.said


def kill(lab: Lab, deploy: Deploying) -> None:
    deploy.process.kill()


def reboot(lab: Lab, deploy: Deploying) -> None:
    docker("restart", lab.media)
    assert deploy.end() == 1, deploy.said
    assert until(bool, lambda: lab.reachable(lab.media), 60)


WAYS = [(way, number) for number in range(1, OPERATIONS) for way in (kill, interrupt)]
WAYS += [(reboot, number) for number in range(1, OPERATIONS, 3)]


@pytest.mark.parametrize(("way", "operations"), WAYS)
def test_next_deploy_comes_to_the_same_end(
    spare: Lab,
    ends: list[tuple[Path, set[tuple[str, str]]]],
    way: Callable[[Lab, Deploying], None],
    operations: int,
) -> None:
    settings, end = ends[next(_TURNS)]
    with deploying(spare, "--group-data", str(settings)) as deploy:
        assert deploy.until(operations), deploy.said
        way(spare, deploy)

    spare.deploy(settings)

    assert state(spare) ^ end == set()
    assert spare.deploy(settings) == {}
