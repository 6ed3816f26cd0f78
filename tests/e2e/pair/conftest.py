"""The topology pair under the names that these tests use."""

from pathlib import Path

import pytest

from tests.conftest import WITH_SOUND
from tests.e2e.lab import Lab, SettingsOf


@pytest.fixture
def bare(bare_pair: Lab) -> Lab:
    return bare_pair


@pytest.fixture
def lab(pair: Lab) -> Lab:
    return pair


@pytest.fixture
def settings_of(tmp_path: Path) -> SettingsOf:
    return SettingsOf(tmp_path, WITH_SOUND)
