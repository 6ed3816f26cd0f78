"""The topology cameras. Its hosts are up only while the tests of this directory run: agents cost all others CPU."""

from collections.abc import Iterator

import pytest

from tests.e2e import camera_bed
from tests.e2e.camera_bed import Bed
from tests.e2e.lab import fresh


@pytest.fixture(scope="package")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """The topology cameras, deployed to, with cameras that can fail."""
    for up in fresh("cameras"):
        with camera_bed.bed(up, tmp_path_factory.mktemp("checkout")) as made:
            yield made
