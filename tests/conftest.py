"""The topology `pair`, shared by the tests of deploying (tests/e2e/pair) and of the pages (tests/browser)."""

from collections.abc import Iterator

import pytest

from tests.e2e.lab import Lab, SettingsOf, fresh

WITH_SOUND = {"cameras": {"webcam": {"audio": "test"}}}


@pytest.fixture(scope="session")
def bare_pair() -> Iterator[Lab]:
    """media1 and cam1 as they come from the distribution."""
    yield from fresh("pair", ready=False)


@pytest.fixture(scope="session")
def pair(bare_pair: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """media1 and cam1, deployed to: what group_data/lab.py says, and a tone as the camera's sound."""
    lab = bare_pair.with_settings(SettingsOf(tmp_path_factory.mktemp("pair"), WITH_SOUND)())
    lab.deploy()
    return lab
