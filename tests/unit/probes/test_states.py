"""What systemd and MediaMTX say of themselves."""

import json

import pytest

from envivo.probes.mediamtx import PathState, path_state, publisher
from envivo.probes.units import UnitState, parse

ONLINE = {"name": "webcam", "online": True, "source": {"type": "rtspSession", "id": "x"}, "inboundBytes": 154847,
          "onlineTime": "2026-11-30T12:00:00Z"}  # fmt: skip
OFFLINE = {"name": "webcam", "online": False, "source": None, "inboundBytes": 0}
SLATE = {"name": "webcam", "available": True, "online": False, "source": None, "inboundBytes": 70000}


@pytest.mark.parametrize(
    ("said", "state", "published"),
    [
        (ONLINE, PathState(True, "rtspSession", 154847, "x", "2026-11-30T12:00:00Z"), True),
        (OFFLINE, PathState(False, "", 0), False),
        (SLATE, PathState(False, "", 70000), False),
    ],
    ids=["publisher", "nobody", "slate"],
)
def test_path_is_published_only_with_a_source_that_is_online(
    said: dict[str, object], state: PathState, published: bool
) -> None:
    assert path_state(json.dumps(said)) == state
    assert state.published is published


ID = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("source", "filtered", "words"),
    [
        ("rtmpConn", '"remoteAddr":"10.0.0.5:40000"\n"userAgent":"FMLE/3.0 (compatible; Lavf60)"\n',
         "10.0.0.5 over RTMP (FMLE/3.0 (compatible; Lavf60))"),
        ("rtspsSession", '"remoteAddr":"[2001:db8::7]:40000"\n"userAgent":""\n', "2001:db8::7 over RTSPS"),
        ("webRTCSession", '"remoteAddr":"10.0.0.5:1"\n"userAgent":"\\u001b[2J\\nOBS\\" x"\n',
         '10.0.0.5 over WebRTC ([2JOBS" x)'),
        ("rtspSession", "", "a publisher over RTSP"),
        ("srtConn", "", "a publisher over srtConn"),
    ],
    ids=["rtmp", "ipv6", "hostile", "gone", "other"],
)  # fmt: skip
def test_publisher_is_named_by_address_protocol_and_program(source: str, filtered: str, words: str) -> None:
    assert publisher(PathState(True, source, 1, ID), filtered) == words


@pytest.mark.parametrize(
    ("source", "id_", "session"),
    [("rtmpConn", ID, f"rtmpconns/get/{ID}"), ("rtmpConn", "x/../y", ""), ("srtConn", ID, "")],
)
def test_session_is_asked_for_where_the_api_has_it(source: str, id_: str, session: str) -> None:
    assert PathState(True, source, 1, id_).session == session


def test_answer_that_is_no_path_is_refused() -> None:
    with pytest.raises(ValueError, match="not the state of a path"):
        path_state('{"status": "error", "error": "path not found"}')


@pytest.mark.parametrize(
    ("shown", "state", "words"),
    [
        (
            "ActiveState=active\nUnitFileState=enabled\nResult=success\nStatusText=live: rtsp://h:1/p, a=b\n",
            UnitState("active", True, "success", "live: rtsp://h:1/p, a=b"),
            "active",
        ),
        ("ActiveState=failed\nUnitFileState=disabled\nResult=watchdog\nStatusText=\n",
         UnitState("failed", False, "watchdog", ""), "failed (watchdog)"),
        ("LoadState=masked\nActiveState=inactive\nUnitFileState=masked\nResult=success\nStatusText=\n",
         UnitState("inactive", False, "success", "", "masked"), "inactive (masked)"),
        ("LoadState=not-found\nActiveState=failed\nUnitFileState=\nResult=signal\nStatusText=\n",
         UnitState("failed", False, "signal", "", "not-found"), "failed (not-found, signal)"),
        ("LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\nResult=success\nStatusText=\n",
         UnitState("inactive", False, "success", ""), "inactive"),
        ("", UnitState("unknown", False, "", ""), "unknown"),
    ],
    ids=["active", "failed", "masked", "gone", "stopped", "nothing"],
)  # fmt: skip
def test_unit_is_read_from_what_systemctl_shows(shown: str, state: UnitState, words: str) -> None:
    assert parse(shown) == state
    assert state.words == words
