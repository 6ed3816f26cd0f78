"""The topology vm. Its hosts are up only while the tests of this directory run: agents cost all others CPU."""

from collections.abc import Iterator

import pytest

from tests.e2e.lab import Lab, fresh


@pytest.fixture(scope="package")
def virtual() -> Iterator[Lab]:
    """The topology vm, bare; its machine boots for a minute, so all tests share it."""
    yield from fresh("vm")
