"""What `envivo status`, `viewers` and `logs` say of a deployed system, whole and broken."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from envivo.core.paths import PROJECT, STATE
from tests.e2e.lab import BIN, LONGEST_S, Lab
from tests.e2e.lasting_viewer import LastingViewer
from tests.patience import patient, until

AGENT = "envivo-agent@webcam.service"


def envivo(lab: Lab, command: str, *options: str) -> "subprocess.CompletedProcess[str]":
    return lab.envivo(command, lab.env, *options, *lab.group_data())


def status(lab: Lab) -> dict[str, Any]:
    done = envivo(lab, "status", "--json")
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["ok"] is (done.returncode == 0)
    return report


def well(lab: Lab) -> dict[str, Any]:
    report = until(lambda report: report["ok"], lambda: status(lab), 60, 0.5)
    assert report["ok"], report["findings"]
    return report


def viewers(lab: Lab, *options: str) -> list[dict[str, Any]]:
    done = envivo(lab, "viewers", "--json", *options)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["viewers"]
    return found


def test_a_deployed_system_is_shown_whole(lab: Lab) -> None:
    def measured(report: dict[str, Any]) -> bool:
        """Everything is well, and the agent has counted frames since its last start."""
        return bool(report["ok"] and report["paths"]["webcam"]["kbps"] and report["paths"]["webcam"]["fps"])

    report = until(measured, lambda: status(lab), 60, 0.5)
    assert measured(report), report
    path = report["paths"]["webcam"]
    assert {
        "live": True,
        "expected": True,
        "video": "H264",
        "size": "1280x720",
        "sound": "Opus",
    }.items() <= path.items()
    assert (path["publisher"], path["program"]) == (f"{lab.hosts[lab.camera]} over RTSP", "envivo-agent")
    assert (report["agents"]["webcam"]["host"], report["agents"]["webcam"]["state"]) == (lab.camera, "live")
    healths = {name: container["health"] for name, container in report["containers"].items()}
    assert healths == {"mediamtx": "healthy", "caddy": "healthy"}
    assert {service["state"] for service in report["services"].values()} == {"active"}
    assert all(host["last_deploy"] for host in report["hosts"].values())
    for_people = until(lambda done: done.returncode == 0, lambda: envivo(lab, "status"), 60, 0.5)
    assert (for_people.returncode, for_people.stdout.splitlines()[0]) == (0, "lab: no problems")


def test_what_is_wrong_is_first_and_said_once(lab: Lab) -> None:
    try:
        lab.run(lab.camera, f"systemctl stop {AGENT}")
        # a host with other work may not answer at once
        (finding,) = until(lambda findings: len(findings) == 1, lambda: status(lab)["findings"], 60, 0.5)
        one = "lab: 1 problem"
        for_people = until(lambda done: done.stdout.startswith(f"{one}\n"), lambda: envivo(lab, "status"), 60, 0.5)
    finally:
        lab.run(lab.camera, f"systemctl start {AGENT}")
    cause = f"nobody publishes to webcam: {AGENT} is inactive"
    assert (finding["host"], finding["code"], finding["message"]) == (lab.camera, "unit-down", cause)
    assert for_people.returncode == 1
    assert for_people.stdout.splitlines()[0] == one
    assert for_people.stdout.splitlines()[1].startswith(f"  {lab.camera}: {cause}: envivo restart lab webcam")
    well(lab)


@contextmanager
def watching(lab: Lab) -> Iterator[LastingViewer]:
    viewer = LastingViewer(f"http://{lab.hosts[lab.media]}:8080/webrtc/whep/webcam")
    thread = threading.Thread(target=viewer.run)
    thread.start()
    try:
        assert until(bool, lambda: viewer.frames, 30)
        yield viewer
    finally:
        viewer.end()
        thread.join(patient(30))


def test_a_viewer_is_listed_and_ended(lab: Lab) -> None:
    well(lab)
    with watching(lab):
        found = until(bool, lambda: [one for one in viewers(lab, "webcam") if one["protocol"] == "WebRTC"], 20, 0.5)
        assert found
        assert found[0]["path"] == "webcam"
        assert found[0]["media"] in ("host/udp", "prflx/udp")
        counted = until(bool, lambda: status(lab)["paths"]["webcam"]["viewers"].get("WebRTC", 0), 20, 0.5)
        assert counted >= 1
        done = envivo(lab, "viewers", "--kick", found[0]["id"][:8])
        assert (done.returncode, done.stdout.startswith(f"ended: {found[0]['id'][:8]} (webcam, WebRTC over UDP")) == (
            0,
            True,
        )
        again = until(bool, lambda: [one for one in viewers(lab) if one["id"] != found[0]["id"]], 20, 0.5)
        assert again, "the page's client begins a new session"
        assert found[0]["id"] not in {one["id"] for one in viewers(lab)}


def logs(lab: Lab, *options: str) -> list[dict[str, str]]:
    done = envivo(lab, "logs", "--json", *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_logs_of_all_hosts_are_in_the_order_of_time_without_secrets(lab: Lab) -> None:
    well(lab)
    lines = logs(lab, "--since", "1h")
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    programs = {(line["host"], line["program"]) for line in lines}
    assert {(lab.media, "mediamtx"), (lab.media, "caddy"), (lab.media, "docker"), (lab.camera, "webcam")} <= programs
    text = "\n".join(line["text"] for line in lines)
    secrets = json.loads((STATE / "secrets" / f"{lab.env}.json").read_text())
    assert secrets
    assert [name for name, secret in secrets.items() if secret in text] == []
    assert {line["program"] for line in logs(lab, "mediamtx")} == {"mediamtx"}
    assert {line["host"] for line in logs(lab, lab.camera)} == {lab.camera}
    published = logs(lab, "mediamtx", "--since", "1h", "--grep", "is publishing to path 'webcam'")
    assert published
    assert len(published) < len(lines)


def test_logs_go_on_with_what_comes(lab: Lab) -> None:
    command = [str(BIN / "envivo"), "logs", lab.env, "webcam", "-f", "--json", *lab.group_data()]
    with subprocess.Popen(command, cwd=PROJECT, env=lab.environ, stdout=subprocess.PIPE, text=True) as process:
        end = threading.Timer(LONGEST_S, process.kill)
        end.start()
        try:
            assert process.stdout is not None
            process.stdout.readline()
            lab.run(lab.camera, f"systemctl restart {AGENT}")
            seen = next(json.loads(line) for line in process.stdout if "Started" in line or "Stopping" in line)
        finally:
            process.terminate()
            end.cancel()
    assert (seen["host"], seen["program"]) == (lab.camera, "webcam")
    well(lab)


@pytest.mark.parametrize("command", ["logs", "viewers"])
def test_a_name_that_is_not_there_is_refused(lab: Lab, command: str) -> None:
    done = envivo(lab, command, "webcat")
    assert done.returncode == 2
    assert done.stderr.startswith("webcat: ")
    assert "webcam" in done.stderr
