"""What `envivo test-gstreamer` makes of what a camera host says."""

from typing import Any

import pytest

from roles.camera.trial import Step, compared, parse

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


def test_steps_are_read_from_what_the_agent_prints() -> None:
    said = "installed\tok\tall elements are there\ncapture\tFAILED\t/dev/video0 is not there: plug it in\n"

    assert list(parse(said)) == [
        Step("installed", True, "all elements are there"),
        Step("capture", False, "/dev/video0 is not there: plug it in"),
    ]


def test_failed_step_is_a_finding_with_its_cause_and_what_mends_it() -> None:
    finding = Step("publish", False, "nothing listens at media1:8554: start the server").finding("cam1", "webcam")

    assert str(finding) == "cam1: webcam: publish: nothing listens at media1:8554: start the server"
    assert (finding.code, finding.fix) == ("camera-publish", "start the server")


def test_failed_step_without_a_remedy_points_to_the_journal() -> None:
    finding = Step("start", False, "ended with 1").finding("cam1", "live/webcam")

    assert str(finding) == "cam1: live/webcam: start: ended with 1: journalctl -u envivo-agent@live-webcam.service"


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
    assert {step.name: step.works for step in compared(LIVE, after)} == works


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({}, "the agent is gone: run this again"),
        ({**LIVE, "state": "stalled", "reason": "stalled: x"}, "stalled: x: run"),
    ],
)
def test_agent_that_stops_being_live_is_a_failure(after: dict[str, Any], said: str) -> None:
    (step,) = compared(LIVE, after)

    assert not step.works
    assert step.said.startswith(said)
