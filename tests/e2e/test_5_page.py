"""The pages of a deployed environment in a real Chromium: tests/browser, run against the lab."""

import subprocess

from envivo.places import ROOT
from tests.e2e.conftest import BIN, Lab


def test_pages_play_in_chromium(lab: Lab) -> None:
    url = f"http://{lab.hosts[lab.media]}:8080"
    ran = subprocess.run(
        [BIN / "pytest", "tests/browser", "-q", "--page-url", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    print(ran.stdout)
