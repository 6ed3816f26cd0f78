"""Benches are not part of the controller's package: they are found where they lie."""

import os
import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "bench")]


@pytest.fixture(scope="session")
def caddy_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Caddy, out of the image that hosts get."""
    from image_program import image_program

    base = tmp_path_factory.getbasetemp()
    directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # one for all workers
    with FileLock(directory / "caddy.lock"):
        return directory / "caddy" if (directory / "caddy").exists() else image_program("caddy", directory)
