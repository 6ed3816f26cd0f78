"""What is blamed for pictures that viewers do not get: frame rate and load of all machines come before a camera."""

from dataclasses import replace

import pytest

from envivo.core.errors import EnvivoError
from envivo.probes import load
from envivo.probes.load import Load
from envivo.roles.base.causes import HERE, cause, explained
from envivo.roles.role import Evidence, Feed, Report
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding

CALM, STARVED = Load(0.3, 0.5, 2), Load(0.99, 5.2, 2)
FEED = Feed("cam1", "envivo-agent@webcam.service", Check("cam1", "is active", list), 30, 2500, True, Report)
FROZEN = Finding("media1", "picture-frozen", "the picture of webcam over WHEP is frozen: only 3 of 60 frames differ",
                 "check the scene in front of the camera, or restart its agent")  # fmt: skip
LIVE = Report("live", fps=29.7)
BLAME = ("camera", "restart", "agent@")
CODES = (
    *("agent-starting", "not-publishing", "publisher-silent", "publisher-left"),
    *("pictures-missing", "picture-frozen", "whep-refused", "whep-not-connected", "rtsp-broken"),
    *("hls-broken", "hls-stalls", "hls-late"),
    *("recording-stands", "recording-broken", "recording-drift", "recording-fragments"),
)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("starved", ["media1", "cam1", HERE])
@pytest.mark.parametrize(
    "report", [LIVE, Report("stalled", "no frame left for 3 s: check what blocks there"), Report()]
)
def test_starved_machine_is_blamed_and_no_camera_and_what_was_seen_is_said(
    code: str, starved: str, report: Report
) -> None:
    loads = {**dict.fromkeys(("media1", "cam1", HERE), CALM), starved: STARVED}
    found = cause(replace(FROZEN, code=code), "webcam", FEED, report, loads)
    assert found.code == ("verifier-busy" if starved == HERE else "host-busy")
    assert f"{starved} (99 % busy, load 5.2 on 2 cores)" in found.message
    assert FROZEN.message in found.message
    assert f"top on {starved}" in found.fix
    assert not any(word in found.fix for word in BLAME)


def test_frame_rate_is_said_beside_the_load() -> None:
    found = cause(FROZEN, "webcam", FEED, Report("live", fps=12.4), {"media1": STARVED})
    assert "its agent publishes 12 of 30 frames a second" in found.message


def test_too_few_frames_are_named_where_nothing_is_starved() -> None:
    found = cause(FROZEN, "webcam", FEED, Report("live", fps=12.4), {"media1": CALM, "cam1": CALM})
    assert (found.host, found.code) == ("cam1", "frames-missing")
    assert "its agent publishes 12 of 30 frames a second" in found.message and FROZEN.message in found.message


def test_camera_is_expected_to_give_what_it_announces() -> None:
    ten = Report("live", fps=9.6, wanted_fps=10)
    assert cause(FROZEN, "webcam", FEED, ten, {"media1": CALM}) is FROZEN
    found = cause(FROZEN, "webcam", FEED, Report("live", fps=4.0, wanted_fps=10), {"media1": CALM})
    assert "its agent publishes 4 of 10 frames a second" in found.message


@pytest.mark.parametrize("fps", [20.0, 30.0, None])
def test_camera_is_looked_at_where_rate_and_load_are_in_order_or_not_known(fps: float | None) -> None:
    assert cause(FROZEN, "webcam", FEED, Report("live", fps=fps), {"media1": CALM}) is FROZEN


@pytest.mark.parametrize(
    "error",
    [
        "rtsp://media1:8554/webcam refuses the credentials: use the user and password that the server expects",
        "/dev/video0 does not exist: plug the camera in, or fix the name",
        "media1:8322 shows a certificate that is not trusted (expired): renew it on the server",
    ],
)
def test_error_that_says_what_is_wrong_stands_on_a_starved_machine_too(error: str) -> None:
    seen = replace(FROZEN, code="not-publishing")
    assert cause(seen, "webcam", FEED, Report("waiting-server", error), {"media1": STARVED}) is seen


@pytest.mark.parametrize("code", ["media-udp-blocked", "whep-location", "foreign-publisher", "watching-open"])
def test_what_no_load_brings_about_is_reported_as_it_is(code: str) -> None:
    seen = replace(FROZEN, code=code)
    assert cause(seen, "webcam", FEED, LIVE, {"media1": STARVED}) is seen


def test_path_without_an_agent_is_looked_into_as_well() -> None:
    found = cause(FROZEN, "obs", None, Report(), {"media1": STARVED})
    assert (found.code, "top on media1" in found.fix) == ("host-busy", True)


def evidence(**loads: Load | Exception) -> Evidence:
    def ask(answer: Load | Exception) -> Load:
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = Evidence(lambda host: None)  # type: ignore[arg-type,return-value]
    found.loads.update({host: lambda answer=answer: ask(answer) for host, answer in loads.items()})  # type: ignore[misc]
    return found


def test_machines_are_asked_only_where_something_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "here", lambda: CALM)
    fine = [Observation("30 of 30 frames")]
    never = evidence(media1=AssertionError("asked"))
    assert list(explained("webcam", FEED, "media1", never, lambda: fine)) == fine
    gone = EnvivoError("cam1", "is gone", "look at it")
    (found,) = explained("webcam", FEED, "media1", evidence(media1=STARVED, cam1=gone), lambda: [FROZEN])
    assert isinstance(found, Finding) and found.code == "host-busy"
