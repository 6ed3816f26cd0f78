"""The topology `spare` in the lab of this machine, and machines of their own."""

from collections.abc import Iterator

import pytest

from tests.e2e.machine import Machine, bare_machine


@pytest.fixture(scope="session")
def spare() -> Iterator[Machine]:
    """The host spare1, fresh, in the lab of this machine."""
    here = Machine()
    here.lab("down", "--topology", "spare")
    done = here.lab("up", "--topology", "spare")
    assert done.returncode == 0, done.stderr
    yield here
    here.lab("down", "--topology", "spare")


@pytest.fixture
def machine(spare: Machine) -> Iterator[Machine]:
    """A machine of its own with the base image that `spare` has put into the cache."""
    with bare_machine() as made:
        yield made
