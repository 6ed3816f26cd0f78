"""What a person stops stays stopped until it is started, over deploys and reboots; maintenance keeps viewers away."""

import json
import subprocess
import time
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import pytest

from envivo.core.paths import LOCK
from envivo.lab.engine import docker
from envivo.operations import lease
from envivo.roles.media import guard
from tests.e2e.lab import Lab, SettingsOf
from tests.e2e.lasting_viewer import LastingViewer, lasting_viewer
from tests.patience import patient, until

pytestmark = pytest.mark.timeout(patient(200))

SMALL = {"cameras": {"webcam": {"width": 320, "height": 180, "fps": 15, "bitrate_kbps": 400}}}
PICTURES = 30
STATES = "docker inspect -f '{{.Name}} {{.State.Status}}' envivo-mediamtx-1 envivo-web-1; systemctl is-active %s"
AGENT = "envivo-agent@webcam.service"
WHEP = "curl -s -o /dev/null -w '%{http_code}' -X POST http://127.0.0.1:8080/webrtc/whep/webcam"


@pytest.fixture(scope="module")
def settings_of(tmp_path_factory: pytest.TempPathFactory) -> SettingsOf:
    return SettingsOf(tmp_path_factory.mktemp("stopped"), SMALL)


@pytest.fixture(scope="module")
def lab(spare: Lab, settings_of: SettingsOf) -> Lab:
    lab = spare.with_settings(settings_of())
    lab.deploy()
    return lab


@pytest.fixture
def viewer(lab: Lab) -> Iterator[LastingViewer]:
    """Who watches."""
    if states(lab)[0] != "running":  # a test that failed has left it so
        reported(lab, "start", "mediamtx")
    with lasting_viewer(f"http://{lab.hosts[lab.media]}:8080/webrtc/whep/webcam") as viewer:
        assert viewer.sees(PICTURES), "there is nothing to interrupt"
        yield viewer


def envivo(lab: Lab, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return lab.envivo(command, lab.env, *arguments, *lab.group_data())


def reported(lab: Lab, command: str, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = envivo(lab, command, *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def states(lab: Lab) -> list[str]:
    """Of MediaMTX, Caddy, and the agent."""
    said = lab.run(lab.media, STATES % AGENT, check=False).stdout.split()
    return [said[1], said[3], said[4]] if len(said) == 5 else said


@pytest.fixture
def stopped(lab: Lab) -> None:
    """MediaMTX is, as the first test has left it, unless that failed."""
    if states(lab)[0] == "running":
        reported(lab, "stop", "mediamtx", "--yes")


def away(viewer: LastingViewer) -> bool:
    """Whether no picture has come for a while."""
    return until(bool, lambda: time.monotonic() - viewer.frames[-1].at > 3, 60, 0.2)


def ensure_well(lab: Lab) -> None:
    report = until(lambda report: report["ok"], lambda: json.loads(envivo(lab, "status", "--json").stdout), 60, 0.5)
    assert report["ok"] and not report["notices"], report


def test_mediamtx_is_stopped_only_where_viewers_may_be_interrupted(lab: Lab, viewer: LastingViewer) -> None:
    done = envivo(lab, "stop", "mediamtx")
    assert done.returncode == 2 and "1 viewer is connected" in done.stderr, done.stderr
    assert states(lab) == ["running", "running", "active"]

    report = reported(lab, "stop", "mediamtx", "--yes")

    assert report["interrupted_viewers"] == 1 and report["interrupts"] == [{"who": "everybody", "of": ""}]
    assert [(row["program"], row["state"]) for row in report["programs"]] == [("mediamtx", "stopped")]
    assert states(lab) == ["exited", "running", "active"]
    assert away(viewer)


BY = f"mediamtx is stopped by {lease.ours().owner} since "


@pytest.mark.usefixtures("stopped")
def test_status_says_who_has_stopped_it_and_nothing_that_only_follows(lab: Lab) -> None:
    status = reported(lab, "status")
    (notice,) = status["notices"]
    assert notice["message"].startswith(BY) and notice["fix"] == "envivo start lab mediamtx"
    assert status["findings"] == []


@pytest.mark.proof
@pytest.mark.usefixtures("stopped")
def test_verify_has_one_finding_and_a_plan_no_change(lab: Lab) -> None:
    (finding,) = reported(lab, "verify", code=1)["findings"]
    assert (finding["code"], finding["fix"]) == ("stopped", "envivo start lab mediamtx")
    assert finding["message"].startswith(BY)

    plan = reported(lab, "plan")["plan"][lab.media]
    assert plan["operations"] == [] and plan["stopped"][0].startswith("mediamtx stays stopped by")


@pytest.mark.usefixtures("stopped")
def test_deploy_leaves_it_stopped_and_brings_its_files(lab: Lab, settings_of: SettingsOf) -> None:
    publisher = {"user": "other", "password": token_hex(32)}
    settings = settings_of(mediamtx={"paths": {"other": {"publisher": publisher}}})
    done = lab.pyinfra(f"inventories/{lab.env}.py", "deploy.py", "-y", *lab.group_data(settings))
    assert done.returncode == 0 and "mediamtx stays stopped by" in done.stderr, done.stderr
    assert states(lab) == ["exited", "running", "active"]
    assert "other" in lab.run(lab.media, "cat /etc/envivo/mediamtx/mediamtx.yml").stdout


@pytest.mark.proof
def test_reboot_leaves_all_stopped_that_was_stopped(lab: Lab) -> None:
    assert {row["state"] for row in reported(lab, "stop")["programs"]} == {"stopped"}
    assert states(lab) == ["exited", "exited", "inactive"]

    docker("restart", lab.media)

    # the guard waits for events once it has looked
    settled = f"systemctl is-system-running --wait; systemctl is-active {guard.UNIT} && pgrep -f 'docker events'"
    assert until(lambda done: done.returncode == 0, lambda: lab.run(lab.media, settled, check=False), 60).stdout
    assert states(lab) == ["exited", "exited", "inactive"]
    assert lab.deploy() == {}
    assert states(lab) == ["exited", "exited", "inactive"]
    started = reported(lab, "start")["programs"]
    assert [row["program"] for row in started] == ["mediamtx", "caddy", "webcam"]
    envivo(lab, "stop", "mediamtx", "--yes")


@pytest.mark.usefixtures("stopped")
def test_start_brings_pictures_back(lab: Lab, viewer_again: LastingViewer) -> None:
    report = reported(lab, "start", "mediamtx")
    assert [(row["program"], row["state"], row["already"]) for row in report["programs"]] == [
        ("mediamtx", "started", False)
    ]
    assert [row["already"] for row in reported(lab, "start", "mediamtx")["programs"]] == [True]
    assert viewer_again.sees(PICTURES)
    ensure_well(lab)


@pytest.fixture
def viewer_again(lab: Lab) -> Iterator[LastingViewer]:
    """Who waits for pictures."""
    with lasting_viewer(f"http://{lab.hosts[lab.media]}:8080/webrtc/whep/webcam") as viewer:
        yield viewer


@pytest.mark.proof
def test_an_agent_is_restarted_alone_and_publishes_again(lab: Lab, viewer: LastingViewer) -> None:
    def process() -> str:
        return lab.run(lab.media, f"systemctl show -P MainPID {AGENT}").stdout

    before, containers = process(), lab.run(lab.media, "docker ps -q").stdout

    report = reported(lab, "restart", "webcam", "--yes")

    assert [(row["program"], row["state"]) for row in report["programs"]] == [("webcam", "restarted")]
    assert process() != before and lab.run(lab.media, "docker ps -q").stdout == containers
    assert viewer.sees(PICTURES)


def test_a_host_that_a_deploy_holds_is_left_alone(lab: Lab) -> None:
    other = lease.Lease("bob@desk", "another machine", 12, "100", "10:02:31 UTC", "b" * 16)
    try:
        lab.run(lab.media, lease.take(other))
        (finding,) = reported(lab, "stop", "webcam", "--yes", code=1)["findings"]
    finally:
        lab.run(lab.media, f": >{LOCK}")
    assert (
        "another envivo command by bob@desk (pid 12) has held the lock of this host since 10:02:31 UTC"
        in finding["message"]
    )
    assert states(lab) == ["running", "running", "active"]


@pytest.mark.proof
def test_maintenance_keeps_viewers_away_while_publishing_goes_on(lab: Lab, viewer: LastingViewer) -> None:
    session = viewer.session

    report = reported(lab, "maintenance", "on", "--say", "back at noon")

    try:
        assert report["ended_viewers"] >= 1
        assert away(viewer)
        assert lab.run(lab.media, WHEP).stdout == "503"
        status = reported(lab, "status")
        assert 'read "back at noon"' in status["notices"][0]["message"]
        assert status["paths"]["webcam"]["live"] is True
        (finding,) = reported(lab, "verify", code=1)["findings"]
        assert (finding["code"], finding["fix"]) == ("maintenance", "envivo maintenance lab off")
        assert lab.deploy() == {}
        assert lab.run(lab.media, WHEP).stdout == "503", "a deploy has ended it"
    finally:
        reported(lab, "maintenance", "off")
    assert viewer.sees(PICTURES) and viewer.session > session
    ensure_well(lab)


@pytest.mark.proof
def test_maintenance_is_announced_without_mediamtx_and_over_a_reboot(lab: Lab, viewer_again: LastingViewer) -> None:
    reported(lab, "maintenance", "on")
    try:
        reported(lab, "stop", "mediamtx", "--yes")
        assert lab.run(lab.media, WHEP).stdout == "503"
        docker("restart", lab.media)
        assert until(lambda code: code == "503", lambda: lab.run(lab.media, WHEP, check=False).stdout, 60) == "503"
        assert len(reported(lab, "status")["notices"]) == 2
    finally:
        reported(lab, "start", "mediamtx")
        reported(lab, "maintenance", "off")
    assert viewer_again.sees(PICTURES)
    assert lab.deploy() == {}
