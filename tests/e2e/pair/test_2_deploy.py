"""From bare hosts to moving pictures, and again: nothing, or exactly what was asked."""

import json
from typing import Any

import pytest

from tests.e2e.lab import API, Lab, SettingsOf

INSPECT = "docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(docker ps -q) | sort"
AGENT = "systemctl show -p MainPID -p ExecMainStartTimestampMonotonic envivo-agent@webcam"


def running(lab: Lab) -> dict[str, str]:
    """What runs, each with the time of its start."""
    containers = dict(line.split(" ", 1) for line in lab.run(lab.media, INSPECT).stdout.splitlines())
    return {**containers, "agent": lab.run(lab.camera, AGENT).stdout}


def api(lab: Lab, path: str) -> Any:
    return json.loads(lab.run(lab.media, f"{API}/{path}").stdout)


def test_bare_hosts_become_a_system_that_verify_finds_true(lab: Lab) -> None:
    verified = lab.envivo("verify", "lab")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_second_run_changes_nothing_and_restarts_nothing(lab: Lab) -> None:
    before = running(lab)

    changed = lab.deploy()

    assert changed == {}
    assert running(lab) == before


def test_changed_setting_of_mediamtx_is_taken_without_a_restart(lab: Lab, settings_of: SettingsOf) -> None:
    before, source = running(lab), api(lab, "paths/get/webcam")["source"]

    changed = lab.deploy(settings_of(mediamtx={"recording": {"delete_after": "24h"}}))

    assert changed == {"Media | Switch to mediamtx.yml": [lab.media]}
    assert api(lab, "config/pathdefaults/get")["recordDeleteAfter"] in ("24h0m0s", "1d", "24h")
    assert running(lab) == before
    assert api(lab, "paths/get/webcam")["source"] == source, "the publisher had to come again"
    assert lab.deploy(settings_of()) == {"Media | Switch to mediamtx.yml": [lab.media]}


def test_changed_setting_of_a_camera_is_read_by_its_agent_without_a_restart(lab: Lab, settings_of: SettingsOf) -> None:
    before = running(lab)

    changed = lab.deploy(settings_of(cameras={"webcam": {"bitrate_kbps": 1500}}))

    assert changed == {
        "Cameras | Write the agent and the configuration of each camera": [lab.camera],
        "Cameras | Run an agent for each camera": [lab.camera],
    }
    assert running(lab) == before
    status = lab.run(lab.camera, "cat /run/envivo-agent/webcam.json").stdout
    assert ", 1500 kbit/s, " in json.loads(status)["reason"]


def test_changed_port_of_the_page_moves_it_without_a_restart(lab: Lab, settings_of: SettingsOf) -> None:
    lab.deploy(settings_of())
    before = running(lab)

    changed = lab.deploy(settings_of(web={"port": 8081}))

    assert set(changed) == {"Media | Switch to Caddyfile"}
    assert running(lab) == before
    assert "envivo" in lab.run(lab.media, "busybox wget -q -O - http://127.0.0.1:8081/web/player.html").stdout
    lab.deploy(settings_of())


def test_changed_port_of_the_health_of_the_page_restarts_the_web_service_alone(
    lab: Lab, settings_of: SettingsOf
) -> None:
    lab.deploy(settings_of())
    before = running(lab)

    changed = lab.deploy(settings_of(web={"health_port": 8078}))

    assert set(changed) == {
        "Media | Write the compose file and the pages",
        "Media | Switch to Caddyfile",
        "Media | Run the containers until they are healthy",
    }
    assert {name for name, started in running(lab).items() if before[name] != started} == {"/envivo-web-1"}
    lab.deploy(settings_of())


def test_refused_candidate_leaves_everything_as_it_is(lab: Lab, settings_of: SettingsOf) -> None:
    lab.deploy(settings_of())
    before, source = running(lab), api(lab, "paths/get/webcam")["source"]
    # a duration of more than 292 years is right for the settings and too much for the binary
    settings = settings_of(mediamtx={"read_timeout": "3000000h"})

    done = lab.pyinfra("inventories/lab.py", "deploy.py", "-y", "--group-data", str(settings))

    assert done.returncode == 1
    assert "MediaMTX refuses the new configuration, the running one is untouched" in done.stderr
    assert "untouched: ERR: " in done.stderr and "duration" in done.stderr
    assert running(lab) == before
    assert api(lab, "paths/get/webcam")["source"] == source
    assert lab.deploy(settings_of()) == {}


def test_two_switches_in_a_row_are_both_taken(lab: Lab, settings_of: SettingsOf) -> None:
    for kept in ("48h", "72h", "96h"):
        lab.deploy(settings_of(mediamtx={"recording": {"delete_after": kept}}))
    days = api(lab, "config/pathdefaults/get")["recordDeleteAfter"]
    assert days in ("96h0m0s", "4d", "96h")
    lab.deploy(settings_of())


def test_file_that_was_changed_by_hand_is_put_right(lab: Lab) -> None:
    lab.run(lab.media, "echo '# by hand' >> /etc/envivo/caddy/Caddyfile; chmod 666 /opt/envivo/stack/compose.yml")

    assert set(lab.deploy()) == {"Media | Write the compose file and the pages", "Media | Switch to Caddyfile"}
    assert lab.deploy() == {}


@pytest.mark.parametrize("service", ["mediamtx", "web"])
def test_stopped_service_is_started(lab: Lab, service: str) -> None:
    lab.run(lab.media, f"docker stop envivo-{service}-1")

    assert set(lab.deploy()) == {"Media | Run the containers until they are healthy"}
    assert lab.deploy() == {}


def test_camera_that_is_no_longer_wanted_is_stopped(lab: Lab, settings_of: SettingsOf) -> None:
    publisher = {"user": "door", "password": "door-password-Zm9v_0123456789"}
    two = settings_of(
        mediamtx={"paths": {"hall/door": {"publisher": publisher}}}, cameras={"hall/door": {"source": "test"}}
    )
    lab.deploy(two)
    assert lab.run(lab.camera, "systemctl is-active envivo-agent@hall-door").stdout.strip() == "active"

    lab.deploy(settings_of())

    assert lab.run(lab.camera, "systemctl is-active envivo-agent@hall-door", check=False).stdout.strip() == "inactive"
    assert lab.run(lab.camera, "ls /etc/envivo/agent").stdout.split() == ["webcam.json"]
    assert lab.deploy() == {}
