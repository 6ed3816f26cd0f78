"""A stranger's floods: who watches goes on watching, and who comes is let in."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.e2e.lab import Lab
from tests.patience import patient

Say = Callable[[str], None]


@pytest.mark.proof
@pytest.mark.timeout(patient(300))
@pytest.mark.usefixtures("forgiven")
def test_floods_reach_no_viewer(staging: Lab, say: Say) -> None:
    """tests/bench/floods.py; its seconds are printed, not judged."""
    staging.verified()
    argv = [sys.executable, str(ROOT / "tests/bench/floods.py"), "--seconds", "6", "--json"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=patient(200), check=False)
    assert done.returncode == 0, done.stderr[-3000:]

    floods = json.loads(done.stdout)["floods"]
    for one in floods:
        say(f"{one['flood']}: {one['tries']} tries {one['ended']}, {one['fps']} fps, sign-ins {one['sign_in_s']}")
    assert all(one["fps"] > 0 for one in floods), "the viewer's pictures stopped"
    assert all(one["sign_in_s"] for one in floods), "nobody was let in beside a flood"
