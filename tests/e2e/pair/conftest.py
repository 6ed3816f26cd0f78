"""The topology pair. Its hosts are up only while the tests of this directory run: agents cost all others CPU."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Lab, fresh


@pytest.fixture(scope="package")
def bare() -> Iterator[Lab]:
    """media1 and cam1 as they come from the distribution."""
    yield from fresh("pair")


@pytest.fixture(scope="package")
def lab(bare: Lab) -> Lab:
    """media1 and cam1, deployed to."""
    bare.deploy()
    return bare
