"""Benches are not part of the controller's package: they are found where they lie."""

import os
import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "bench")]


def _program(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Out of the image that hosts get."""
    from image_program import image_program

    base = tmp_path_factory.getbasetemp()
    directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # one for all workers
    with FileLock(directory / f"{name}.lock"):
        return directory / name if (directory / name).exists() else image_program(name, directory)


@pytest.fixture(scope="session")
def caddy_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _program("caddy", tmp_path_factory)


@pytest.fixture(scope="session")
def mediamtx_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _program("mediamtx", tmp_path_factory)
