"""A host whose network is cut in the middle of a deploy, beside one that answers."""

from contextlib import ExitStack

import pytest

from tests.e2e.lab import API, LONGEST_S, Lab, SettingsOf, deploying
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(200))]


def test_cut_host_fails_in_words_and_the_other_one_is_completed(lab: Lab, settings_of: SettingsOf) -> None:
    settings = settings_of(mediamtx={"read_timeout": "13s"}, cameras={"webcam": {"bitrate_kbps": 1413}})
    lab.deploy()
    with deploying(lab, "--group-data", str(settings)) as deploy, ExitStack() as stack:
        assert deploy.until(5)
        with deploy.paused():
            stack.enter_context(lab.cut(lab.camera, LONGEST_S))
        assert deploy.end() == 1, deploy.said
    assert f"[{lab.camera}]" in next(line for line in deploy.said.splitlines() if "the connection was lost" in line)
    assert '"readTimeout":"13s"' in lab.run(lab.media, f"{API}/config/global/get").stdout
    assert until(bool, lambda: lab.reachable(lab.camera), 60)
    assert "Media | Switch to mediamtx.yml" not in lab.deploy(settings)
    assert lab.deploy(settings) == {}
    lab.deploy()
