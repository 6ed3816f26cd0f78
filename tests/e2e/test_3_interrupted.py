"""A run that is killed after any one of its operations is completed by the next run."""

from collections.abc import Iterator

import pytest

from envivo.waiting import until
from tests.e2e.lab import API, Lab, SettingsOf, fresh, killed_after

STATUS = "systemctl show -P StatusText envivo-agent@webcam"
OPERATIONS = 13
"""Of a host that is in all groups; a test below fails when this is no longer so."""


@pytest.fixture(scope="module")
def spare() -> Iterator[Lab]:
    yield from fresh("spare")


def test_first_deploy_survives_a_kill_after_each_operation(spare: Lab) -> None:
    for operations in range(1, OPERATIONS):
        assert killed_after(spare, operations), f"the deploy has only {operations} operations"
    assert not killed_after(spare, OPERATIONS), f"the deploy has more than {OPERATIONS} operations"

    assert spare.deploy() == {}
    verified = spare.envivo("verify", "lab")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize("operations", range(6, OPERATIONS))
def test_change_survives_a_kill_after_each_operation(spare: Lab, settings_of: SettingsOf, operations: int) -> None:
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
    assert taken in until(lambda said: taken in said, lambda: spare.run(media, STATUS).stdout, 5, 0.2)
    assert spare.deploy(settings) == {}
