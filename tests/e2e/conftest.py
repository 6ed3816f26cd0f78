"""Fixtures of all tests on lab hosts. A directory has the tests that share the hosts of one topology."""

from pathlib import Path

import pytest

from tests.e2e.lab import SettingsOf


@pytest.fixture
def settings_of(tmp_path: Path) -> SettingsOf:
    return SettingsOf(tmp_path)
