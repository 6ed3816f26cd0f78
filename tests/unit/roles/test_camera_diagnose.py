"""What `envivo camera diagnose` makes of what a camera host says."""

import json
from typing import Any

import pytest

from envivo.remote import CommandResult
from envivo.roles.camera import diagnose
from envivo.roles.camera.diagnose import ExpectedCamera, Step, compared, differences, parse, reported
from envivo.roles.camera.settings import Camera

LIVE: dict[str, Any] = {
    "state": "live",
    "reason": "live: rtsp://media1:8554/webcam",
    "publish": "rtsp://media1:8554/webcam",
    "source": "/dev/video0",
    "mode": "mjpeg 1280x720 at 30 fps",
    "encoder": "x264enc",
    "encoder_name": "x264",
    "updated": "2026-11-30T12:00:00.000Z",
    "configuration_written": "17.500000000",
    "encoder_reason": "x264enc 187 fps in a trial",
    "frames_captured": 100,
    "frames_encoded": 99,
    "frames_sent": 98,
    "fps": 30.0,
    "bitrate_kbps": 2400,
}


DEPLOY = "envivo deploy lab"
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

    journal = "envivo logs ENV live/webcam"
    assert str(finding) == f"cam1: live/webcam: start: the test ended with exit code 1: {journal}"


CAMERA = Camera()
CONFIGURATION = json.dumps({"video": {"fps": 30, "width": 1280}, "publish": {"user": "u", "password": "secret-one"}})
WANTED = ExpectedCamera(CAMERA, CONFIGURATION)


def later(seconds: int = 4, /, **changes: Any) -> dict[str, Any]:
    """Of frames: a second; of everything else: what it is then."""
    frames = {f"frames_{name}": LIVE[f"frames_{name}"] + seconds * changes.pop(name, 30)
              for name in ("captured", "encoded", "sent")}  # fmt: skip
    return {**LIVE, "updated": f"2026-11-30T12:00:0{seconds}.000Z", **frames, **changes}


ALL = {"capture": True, "encode": True, "publish": True}


@pytest.mark.parametrize(
    ("after", "works"),
    [
        (later(), ALL),
        (later(captured=20, encoded=20, sent=20), ALL),
        (later(sent=0), {**ALL, "publish": False}),
        (later(sent=12), {**ALL, "publish": False}),
        (later(encoded=12, sent=12), {**ALL, "encode": False, "publish": False}),
        (later(captured=12, encoded=12, sent=12), dict.fromkeys(ALL, False)),
        (later(captured=0, encoded=0, sent=0), dict.fromkeys(ALL, False)),
        (later(mode="mjpeg 640x480 at 30 fps"), {**ALL, "capture": False}),
        (later(mode="", source="clip"), ALL),
        (later(controls=[]), ALL),
        (later(controls=["gain: takes 0 to 255, is 300"]), {**ALL, "controls": False}),
    ],
)
def test_live_agent_is_judged_by_what_its_counts_did_against_the_settings(
    after: dict[str, Any], works: dict[str, bool]
) -> None:
    found = list(compared(LIVE, after, CAMERA))

    assert {step.name: step.ok for step in found} == works
    assert all(step.fix for step in found if not step.ok)


def test_rate_is_said_beside_the_configured_one() -> None:
    steps = {step.name: step for step in compared(LIVE, later(captured=12, encoded=12, sent=12), CAMERA)}
    assert "12 of 30 frames a second" in steps["capture"].what
    assert steps["capture"].fix.endswith("or set fps to 12")
    assert "30 of 30 frames a second" in next(compared(LIVE, later(), CAMERA)).what


IP_CAMERA = Camera(source="rtsp", url="rtsp://cam/main", width=640, height=360)
PASSED: dict[str, Any] = {
    "mode": "H.264 Main 1920x1080 at 12 fps, passed through", "source": "rtsp://cam/main", "encoder": "",
    "encoder_name": "", "encoder_reason": "the camera encodes", "wanted_fps": 12, "keyframe_interval_ms": 4000,
}  # fmt: skip


def test_ip_camera_is_compared_with_what_it_announces() -> None:
    steps = list(compared(LIVE, later(captured=12, encoded=12, sent=12, **PASSED), IP_CAMERA))
    assert [(step.name, step.ok) for step in steps] == [("capture", True), ("encode", True), ("publish", True)]
    assert steps[0].what == f"{PASSED['mode']}, a key frame every 4000 ms: 12 of 12 frames a second"
    slow = next(compared(LIVE, later(captured=6, encoded=6, sent=6, **PASSED), IP_CAMERA))
    assert (slow.ok, "6 of 12" in slow.what) == (False, True)
    assert slow.fix.endswith("see the network to it")


@pytest.mark.parametrize(
    ("settings", "step", "words"),
    [
        ({"format": "yuyv"}, "capture", "the format should be yuyv"),
        ({"width": 640, "height": 360}, "capture", "the size should be 640x360"),
        ({"rotate": 90}, "capture", "the size should be 720x1280"),
        ({"encoder": "vaapi"}, "encode", "the encoder should be vaapi"),
        ({"fps": 60}, "capture", "30 of 60 frames a second"),
    ],
)
def test_what_runs_is_compared_with_what_is_configured(settings: dict[str, Any], step: str, words: str) -> None:
    found = {found.name: found for found in compared(LIVE, later(), Camera(**settings))}
    assert (found[step].ok, words in found[step].what) == (False, True)


def test_encoder_that_may_take_the_place_of_another_is_said_and_no_failure() -> None:
    camera = Camera(encoder="vaapi", encoder_fallback=True)
    encode = next(step for step in compared(LIVE, later(), camera) if step.name == "encode")
    assert encode.ok and "in place of vaapi" in encode.what


def test_counts_of_an_agent_that_was_restarted_meanwhile_are_those_of_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(diagnose, "_WATCHED_S", 0.0)
    new = {"started": "2026-11-30T12:00:01.000Z"}
    statuses = [{**later(2), **new, "frames_captured": 1, "frames_encoded": 1, "frames_sent": 1}]
    for _ in range(20):  # each look waits for a newer one
        last = statuses[-1]
        more = {name: count + 60 for name, count in last.items() if name.startswith("frames_")}
        at = f"2026-11-30T12:00:{2 + 2 * len(statuses):02d}.000Z"
        statuses.append({**last, **more, "updated": at, "bitrate_kbps": None})
    host: Any = Restarted(statuses)
    assert [(step.name, step.ok) for step in diagnose._watched(host, "webcam", LIVE, WANTED)] == [
        ("capture", True), ("encode", True), ("publish", True),
    ]  # fmt: skip


class Restarted:
    """Whose agent has a newer status at each question."""

    def __init__(self, statuses: list[dict[str, Any]]) -> None:
        self._statuses = iter(statuses)

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        return CommandResult(0, json.dumps(next(self._statuses)), "")


def test_busy_host_is_named_for_a_low_rate() -> None:
    found = list(compared(LIVE, later(captured=12, encoded=12, sent=12), CAMERA, lambda: "99 % busy"))
    assert all("the host is 99 % busy" in step.what and "top" in step.fix for step in found)


@pytest.mark.parametrize(
    ("after", "what"),
    [({}, "the agent stopped during the test"), ({**LIVE, "state": "stalled", "reason": "stalled: x"}, "stalled: x")],
)
def test_agent_that_stops_being_live_is_a_failure(after: dict[str, Any], what: str) -> None:
    assert list(compared(LIVE, after, CAMERA)) == [Step("publish", False, what, "run this again")]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (CONFIGURATION, ""),
        (CONFIGURATION.replace("30", "15"), "video.fps is 15 instead of 30"),
        (CONFIGURATION.replace("secret-one", "secret-two"), "publish.password differs"),
        (CONFIGURATION.replace('"video"', '"source": {"password": "secret-three"}, "video"'),
         "source.password differs"),
        (CONFIGURATION.replace('"width"', '"size"'),
         "video.width is None instead of 1280, video.size is 1280 instead of None"),
        ("{", "it is not JSON"),
    ],
    ids=["same", "rate", "password", "password of the camera", "keys", "cut off"],
)  # fmt: skip
def test_configuration_on_the_host_is_compared_with_the_settings(there: str, said: str) -> None:
    found = differences(there, CONFIGURATION)
    assert found == said
    assert "secret" not in found
