"""A run that is killed after any one of its operations is completed by the next run."""

import pytest

from tests.e2e.lab import API, Lab, SettingsOf, killed_after
from tests.patience import patient, until

pytestmark = pytest.mark.timeout(patient(200))

STATUS = "systemctl show -P StatusText envivo-agent@webcam"
OPERATIONS = 22
"""Of a host that is in all groups; a test below fails when this is no longer so."""
KILLED_AFTER = (10, 14, 21)
"""The change is not begun, half done, done but for the camera's agent; test_1_same_end.py kills after each."""


def test_first_deploy_survives_a_kill_after_each_operation(spare: Lab) -> None:
    for operations in range(1, OPERATIONS):
        assert killed_after(spare, operations), f"the deploy has only {operations} operations"
    assert not killed_after(spare, OPERATIONS), f"the deploy has more than {OPERATIONS} operations"

    assert spare.deploy() == {}
    spare.verified()


@pytest.mark.parametrize("operations", KILLED_AFTER)
def test_change_survives_a_kill(spare: Lab, settings_of: SettingsOf, operations: int) -> None:
    """Every kind of change at once: compose file, both configurations, containers, camera."""
    port, rate = 8100 + operations, 1500 + operations
    settings = settings_of(
        web={"port": port},
        mediamtx={"read_timeout": f"{operations}s", "hls": {"port": 8200 + operations}},
        cameras={"webcam": {"bitrate_kbps": rate}},
    )
    assert killed_after(spare, operations, "--group-data", str(settings))

    spare.deploy(settings)

    media = spare.media
    assert "envivo" in spare.run(media, f"busybox wget -q -O - http://127.0.0.1:{port}/web/player.html").stdout
    config = spare.run(media, f"{API}/config/global/get").stdout
    assert f'"readTimeout":"{operations}s"' in config
    assert f'"bitrate_kbps": {rate}' in spare.run(media, "cat /etc/envivo/agent/webcam.json").stdout
    taken = f"{rate} kbit/s"
    assert taken in until(lambda said: taken in said, lambda: spare.run(media, STATUS).stdout, 20)
    assert spare.deploy(settings) == {}
