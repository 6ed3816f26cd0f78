"""What `envivo camera diagnose` makes of what a camera host says."""

import json
from typing import Any

import pytest

from envivo.remote import CommandResult
from envivo.roles.camera.diagnose import Step, compared, parse, reported, steps

LIVE: dict[str, Any] = {
    "state": "live",
    "reason": "live: rtsp://media1:8554/webcam",
    "publish": "rtsp://media1:8554/webcam",
    "source": "/dev/video0",
    "mode": "mjpeg 1280x720 at 30 fps",
    "encoder_reason": "x264enc 187 fps in a trial",
    "frames_captured": 100,
    "frames_encoded": 99,
    "frames_sent": 98,
    "fps": 30.0,
    "bitrate_kbps": 2400,
}


DEPLOY = "pyinfra inventories/lab.py deploy.py"
INSTALLED = '{"step": "installed", "ok": true, "what": "all elements are there", "fix": ""}\n'
NO_CAMERA = '{"step": "capture", "ok": false, "what": "/dev/video0: is not there", "fix": "plug: it in", "new": 1}\n'
FOUND = [
    Step("installed", True, "all elements are there"),
    Step("capture", False, "/dev/video0: is not there", "plug: it in"),
]


def test_steps_are_read_from_what_the_agent_prints() -> None:
    assert list(parse(INSTALLED + NO_CAMERA)) == FOUND


@pytest.mark.parametrize(
    "noise",
    [
        "libva info: VA-API version 1.22.0\n",
        "installed\tok\tall elements are there\n",
        "\n42\nnull\n[]\n{}\n\x00\n",
        "[" * 100_000 + "\n",
        '{"step": "encode", "ok": true, "what": "x264enc"}\n',
        '{"step": "encode", "ok": "true", "what": "x264enc", "fix": ""}\n',
        '{"step": 3, "ok": true, "what": "x264enc", "fix": ""}\n',
        '{"step": "encode", "ok": true, "what": "x26',
    ],
    ids=["library", "tabs", "values", "nested", "no fix", "no truth", "no name", "cut off"],
)
def test_other_lines_are_passed_over(noise: str) -> None:
    assert list(parse(noise)) == []
    assert list(parse(f"{noise.rstrip()}\n{INSTALLED}{NO_CAMERA}{noise}")) == FOUND


@pytest.mark.parametrize(
    ("said", "last"),
    [
        (CommandResult(1, INSTALLED + NO_CAMERA, "a warning\n"), FOUND[1]),
        (CommandResult(0, INSTALLED, ""), FOUND[0]),
        (CommandResult(0, "installed\tok\tall elements are there\n", ""),
         Step("start", False, "the agent's output was not understood (another version?)", DEPLOY)),
        (CommandResult(1, "installed\tFAILED\tno elements\n", ""),
         Step("start", False, "the test ended with exit code 1")),
        (CommandResult(2, "", "a.json: video.fps: is missing\n"),
         Step("start", False, "a.json: video.fps: is missing")),
        (CommandResult(139, INSTALLED, "Segmentation fault\n"), Step("start", False, "Segmentation fault")),
        (CommandResult(124, INSTALLED, "a warning\n"), Step("start", False, "the test took longer than 90 s")),
    ],
)  # fmt: skip
def test_last_step_is_the_one_that_failed_or_that_the_agent_died_in(said: CommandResult, last: Step) -> None:
    assert list(reported(said, DEPLOY))[-1] == last


def test_failed_step_is_a_finding_with_its_cause_and_what_fixes_it() -> None:
    finding = Step("publish", False, "media1:8554: no answer", "start: the server").finding("cam1", "webcam")

    assert str(finding) == "cam1: webcam: publish: media1:8554: no answer: start: the server"
    assert (finding.code, finding.fix) == ("camera-publish", "start: the server")


def test_failed_step_without_a_fix_points_to_the_journal() -> None:
    finding = Step("start", False, "the test ended with exit code 1").finding("cam1", "live/webcam")

    journal = "journalctl -u envivo-agent@live-webcam.service"
    assert str(finding) == f"cam1: live/webcam: start: the test ended with exit code 1: {journal}"


def later(**frames: int) -> dict[str, Any]:
    return {**LIVE, **{f"frames_{name}": LIVE[f"frames_{name}"] + count for name, count in frames.items()}}


@pytest.mark.parametrize(
    ("after", "works"),
    [
        (later(captured=60, encoded=60, sent=60), {"capture": True, "encode": True, "publish": True}),
        (later(captured=60, encoded=60, sent=0), {"capture": True, "encode": True, "publish": False}),
        (later(captured=0, encoded=0, sent=0), {"capture": False, "encode": False, "publish": False}),
    ],
)
def test_live_agent_is_judged_by_what_its_counts_did(after: dict[str, Any], works: dict[str, bool]) -> None:
    found = list(compared(LIVE, after))

    assert {step.name: step.ok for step in found} == works
    assert {step.name: not step.what.startswith("no frames in 3 s (") for step in found} == works


@pytest.mark.parametrize(
    ("after", "what"),
    [({}, "the agent is gone"), ({**LIVE, "state": "stalled", "reason": "stalled: x"}, "stalled: x")],
)
def test_agent_that_stops_being_live_is_a_failure(after: dict[str, Any], what: str) -> None:
    assert list(compared(LIVE, after)) == [Step("publish", False, what, "run this again")]


class CameraHost:
    """Answers as a camera host does, and keeps what changes it."""

    def __init__(self, *, deployed: bool = True, state: str = "stalled", unit: str = "active", tried: str = "") -> None:
        self._deployed, self._state, self._unit, self._tried = deployed, state, unit, tried
        self.changes: list[str] = []

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        assert within_s > 0
        if command.startswith("test -d "):
            return CommandResult(0 if self._deployed else 1, "", "")
        if command.startswith("systemctl show "):
            return CommandResult(0, f"ActiveState={self._unit}\n", "")
        if " cat /run/envivo-agent/" in command:
            return CommandResult(0, json.dumps({**LIVE, "state": self._state}), "")
        self.changes.append("try" if " --try " in command else command)
        if " --try " in command and not self._tried:
            raise OSError("the connection is gone")
        return CommandResult(1, self._tried, "")


def diagnosed(host: Any) -> list[Step]:
    return list(steps(host, "live/webcam", DEPLOY))


def test_camera_without_an_agent_is_to_be_deployed() -> None:
    host = CameraHost(deployed=False)

    assert diagnosed(host) == [Step("deployed", False, "there is no agent for this camera", DEPLOY)]
    assert host.changes == []


STOP = "systemctl stop envivo-agent@live-webcam.service"
START = "systemctl --no-block start envivo-agent@live-webcam.service"


@pytest.mark.parametrize(("unit", "after"), [("active", [START]), ("failed", [START]), ("inactive", [])])
def test_agent_that_is_not_live_is_stopped_for_the_trial_and_runs_again_if_it_ran(unit: str, after: list[str]) -> None:
    host = CameraHost(unit=unit, tried=INSTALLED + NO_CAMERA)

    assert diagnosed(host) == FOUND
    assert host.changes == [STOP, "try", *after]


def test_agent_runs_again_where_the_connection_ends_in_the_trial() -> None:
    host = CameraHost()

    with pytest.raises(OSError, match="is gone"):
        diagnosed(host)
    assert host.changes == [STOP, "try", START]
