"""What README has a new user do, on machines that have nothing yet: Debian 12 and 13, at the same time."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import get_args

import pytest

from envivo.lab.topology import DebianRelease
from tests.fresh.machine import CHECKOUT, Machine, machine, network
from tests.patience import patient
from tests.suites.verdict import results

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(2400))]

RELEASES: tuple[DebianRelease, ...] = get_args(DebianRelease)
_PAGE = re.compile(r"WebRTC: +(http://\S+)")


def story(made: Machine) -> None:
    """Two commands of README, the first of them twice, and the tests that need no lab."""
    for _ in range(2):
        (page,) = _PAGE.findall(made.run(f"make -C {CHECKOUT} demo"))
        assert "<title>envivo</title>" in made.run(f"curl -fsS '{page}'")
    made.run(f"make -C {CHECKOUT} check")


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[DebianRelease, Future[None]]]:
    logs = results() or tmp_path_factory.mktemp("fresh")

    def told(release: DebianRelease) -> None:
        with machine(release, logs / f"fresh-{release}.log") as made:
            story(made)

    with network(), ThreadPoolExecutor() as pool:
        yield {release: pool.submit(told, release) for release in RELEASES}


@pytest.mark.parametrize("release", RELEASES)
def test_fresh_machine(stories: dict[DebianRelease, Future[None]], release: DebianRelease) -> None:
    stories[release].result()
