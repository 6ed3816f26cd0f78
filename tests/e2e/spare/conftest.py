"""One host in all groups, which the numbered tests share: each goes on with what the one before has left."""

from collections.abc import Iterator

import pytest

from tests.e2e.lab import Lab, fresh


@pytest.fixture(scope="session")
def spare() -> Iterator[Lab]:
    """spare1 with the packages of all roles, and nothing deployed yet."""
    yield from fresh("spare")


@pytest.fixture(scope="module")
def bare_spare() -> Iterator[Lab]:
    """spare1 as it comes from the distribution; the other one of this name is gone then."""
    yield from fresh("spare", ready=False)
