"""The topology wan. Its hosts are up only while the tests of this directory run: agents cost all others CPU."""

from collections.abc import Iterator

import pytest

from tests.e2e.lab import Lab, fresh


@pytest.fixture(scope="package")
def internet() -> Iterator[Lab]:
    """The topology wan, bare."""
    for up in fresh("wan"):
        yield Lab(up.topology, up.hosts, up.ssh_key, env="staging")


@pytest.fixture(scope="package")
def staging(internet: Lab) -> Lab:
    """Deployed to."""
    internet.deploy()
    return internet
