"""A run that is killed after any one of its operations is completed by the next run."""

import subprocess
from collections.abc import Iterator

import pytest

from envivo.places import ROOT
from tests.e2e.conftest import BIN, Lab, SettingsOf, fresh

OPERATIONS = 13
"""Of a host that is in all groups; a test below fails when this is no longer so."""


def killed_after(lab: Lab, operations: int, *arguments: str) -> bool:
    """Runs a deploy and kills it as soon as the next operation begins; False if it ended before."""
    command = [str(BIN / "pyinfra"), "inventories/lab.py", "deploy.py", "-y", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=lab.environ, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        begun = 0
        for line in run.stderr:
            begun += line.startswith("--> Starting operation:")
            if begun > operations:
                run.kill()
                return True
    return False


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
    assert "envivo-" in spare.run(media, f"busybox wget -q -O - http://127.0.0.1:{port}/healthz").stdout
    config = spare.run(media, "busybox wget -q -O - http://127.0.0.1:9997/v3/config/global/get").stdout
    assert f'"readTimeout":"{operations}s"' in config
    started = 'date -d "$(systemctl show -P ExecMainStartTimestamp envivo-agent@webcam)" +%s'
    written = "stat -c %Y /etc/envivo/agent/webcam.json"
    assert int(spare.run(media, started).stdout) >= int(spare.run(media, written).stdout)
    assert f'"bitrate_kbps": {rate}' in spare.run(media, "cat /etc/envivo/agent/webcam.json").stdout
    assert spare.deploy(settings) == {}
