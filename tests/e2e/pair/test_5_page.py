"""The pages of a deployed environment in a real Chromium: tests/browser, run against the lab."""

import subprocess

from envivo.places import ROOT
from tests.e2e.lab import BIN, Lab, SettingsOf

WITH_SOUND = {"webcam": {"source": "test", "audio": "test"}}


def in_chromium(lab: Lab, *arguments: str) -> str:
    """Runs tests/browser, and returns what it printed."""
    url = f"http://{lab.hosts[lab.media]}:8080"
    ran = subprocess.run(
        [BIN / "pytest", "tests/browser", "-q", "--page-url", url, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_pages_play_in_chromium(lab: Lab) -> None:
    print(in_chromium(lab))


def test_sound_is_heard_in_chromium(lab: Lab, settings_of: SettingsOf) -> None:
    lab.deploy(settings_of(cameras=WITH_SOUND))
    try:
        said = in_chromium(lab, "-k", "sound", "-rP")
    finally:
        lab.deploy()
    assert said.count("of full scale") == 2, said
