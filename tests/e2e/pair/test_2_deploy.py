"""From bare hosts to moving pictures, and again: nothing, or exactly what was asked."""

import json
import subprocess
from typing import Any

from envivo.core.paths import PROJECT as ROOT
from tests.e2e.lab import API, BIN, Lab, SettingsOf, stop_container
from tests.patience import patient, until

INSPECT = "docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(docker ps -q) | sort"
AGENT = "systemctl show -p MainPID -p ExecMainStartTimestampMonotonic envivo-agent@webcam"


def running(lab: Lab) -> dict[str, str]:
    """What runs, each with the time of its start."""
    containers = dict(line.split(" ", 1) for line in lab.run(lab.media, INSPECT).stdout.splitlines())
    return {**containers, "agent": lab.run(lab.camera, AGENT).stdout}


def api(lab: Lab, path: str) -> Any:
    return json.loads(lab.run(lab.media, f"{API}/{path}").stdout)


def told(lab: Lab) -> str:
    """What the agent says of its state."""
    return str(json.loads(lab.run(lab.camera, "cat /run/envivo-agent/webcam.json").stdout)["reason"])


def test_bare_hosts_become_a_system_that_both_fronts_find_true(lab: Lab) -> None:
    report = json.loads(lab.verified("--json").stdout)
    assert set(report["hosts"]) == set(lab.hosts)
    assert {check["outcome"] for check in report["checks"]} == {"ok"}

    def by_pytest() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "pytest", "tests/verify", "--inventory", f"inventories/{lab.env}.py", *lab.group_data(), "-q"],
            cwd=ROOT, env=lab.environ, capture_output=True, text=True, timeout=patient(60), check=False,
        )  # fmt: skip

    done = until(lambda done: done.returncode == 0, by_pytest, 30, 0)
    assert done.returncode == 0, done.stdout
    assert f"{len(report['checks'])} passed" in done.stdout


def test_second_run_changes_nothing_and_restarts_nothing(lab: Lab) -> None:
    before = running(lab)

    changed = lab.deploy()

    assert changed == {}
    assert running(lab) == before


def test_changes_are_taken_and_restart_no_more_than_they_must(lab: Lab, settings_of: SettingsOf) -> None:
    before, source = running(lab), api(lab, "paths/get/webcam")["source"]

    changed = lab.deploy(
        settings_of(
            mediamtx={"recording": {"delete_after": "24h"}},
            cameras={"webcam": {"bitrate_kbps": 1500}},
            web={"port": 8081},
        )
    )

    assert changed == {
        # which port has which limit, and which age former recordings have
        "Media | Write the compose file and the pages": [lab.media],
        "Media | Limit connections per address": [lab.media],
        "Media | Switch to mediamtx.yml": [lab.media],
        "Media | Switch to Caddyfile": [lab.media],
        "Media | Keep the recordings within their disk": [lab.media],
        "Cameras | Install the agent and the configuration of each camera": [lab.camera],
        "Cameras | Start an agent for each camera": [lab.camera],
    }
    assert running(lab) == before
    assert api(lab, "config/pathdefaults/get")["recordDeleteAfter"] in ("24h0m0s", "1d", "24h")
    assert api(lab, "paths/get/webcam")["source"] == source, "the publisher had to come again"
    # by a signal: a reload does not wait for the agent
    taken = ", 1500 kbit/s, "
    assert taken in until(lambda reason: taken in reason, lambda: told(lab), 20)
    assert "envivo" in lab.run(lab.media, "busybox wget -q -O - http://127.0.0.1:8081/web/player.html").stdout

    # A second switch of both configurations, and the one change that restarts a service.
    changed = lab.deploy(settings_of(mediamtx={"recording": {"delete_after": "48h"}}, web={"health_port": 8078}))

    assert set(changed) == {
        "Media | Write the compose file and the pages",
        "Media | Limit connections per address",
        "Media | Switch to mediamtx.yml",
        "Media | Switch to Caddyfile",
        "Media | Start the containers and wait until they are healthy",
        "Media | Keep the recordings within their disk",
        "Cameras | Install the agent and the configuration of each camera",
        "Cameras | Start an agent for each camera",
    }
    assert {name for name, started in running(lab).items() if before[name] != started} == {"/envivo-web-1"}
    assert api(lab, "config/pathdefaults/get")["recordDeleteAfter"] in ("48h0m0s", "2d", "48h")


def test_refused_candidate_leaves_everything_as_it_is(lab: Lab, settings_of: SettingsOf) -> None:
    lab.deploy()
    before, source = running(lab), api(lab, "paths/get/webcam")["source"]
    # a duration of more than 292 years is too much for the binary, and here the settings do not know it
    settings = settings_of(mediamtx={"read_timeout": "3000000h"})
    unknowing = "from envivo.config import values\n\nvalues.LONGEST_DURATION = '999999999d'\n"
    (settings / "lab.py").write_text(unknowing + (settings / "lab.py").read_text())

    done = lab.pyinfra("inventories/lab.py", "deploy.py", "-y", "--group-data", str(settings))

    assert done.returncode == 1
    assert "MediaMTX refuses the new configuration, the running one is untouched" in done.stderr
    assert "untouched: ERR: " in done.stderr and "duration" in done.stderr
    assert running(lab) == before
    assert api(lab, "paths/get/webcam")["source"] == source
    assert lab.deploy() == {}


def test_camera_that_is_no_longer_wanted_is_stopped(lab: Lab, settings_of: SettingsOf) -> None:
    publisher = {"user": "door", "password": "door-password-Zm9v_0123456789"}
    two = settings_of(
        mediamtx={"paths": {"hall/door": {"publisher": publisher}}}, cameras={"hall/door": {"source": "test"}}
    )
    lab.deploy(two)
    assert lab.run(lab.camera, "systemctl is-active envivo-agent@hall-door").stdout.strip() == "active"

    lab.deploy()

    assert lab.run(lab.camera, "systemctl is-active envivo-agent@hall-door", check=False).stdout.strip() == "inactive"
    assert lab.run(lab.camera, "ls /etc/envivo/agent").stdout.split() == ["webcam.json"]


def test_what_was_changed_or_stopped_by_hand_is_put_right(lab: Lab) -> None:
    started = {
        "Media | Start the containers and wait until they are healthy",
        "Media | Restart containers that stop",
    }
    by_hand = "echo '# by hand' >> /etc/envivo/caddy/Caddyfile; chmod 666 /opt/envivo/stack/compose.yml"
    lab.run(lab.media, f"{by_hand}; {stop_container('envivo-mediamtx-1')}")
    assert set(lab.deploy()) == {
        "Media | Write the compose file and the pages",
        "Media | Switch to Caddyfile",
        *started,
    }

    lab.run(lab.media, stop_container("envivo-web-1"))
    assert set(lab.deploy()) == started
    assert lab.deploy() == {}
