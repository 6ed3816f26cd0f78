"""Fixtures of all tests on lab hosts. A directory has the tests that share the hosts of one topology."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.lab import SettingsOf


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints a figure also where the test passes."""

    def now(figure: str) -> None:
        with capsys.disabled():
            print(f"\n    {figure}", flush=True)

    return now


@pytest.fixture
def settings_of(tmp_path: Path) -> SettingsOf:
    return SettingsOf(tmp_path)
