"""What start, stop and restart do to which program, in which order, and whom that interrupts."""

from typing import Any

import pytest

from envivo.core.errors import EnvivoError
from envivo.orchestration.control import acting, order, whom
from envivo.orchestration.control.acting import Result
from envivo.orchestration.control.order import Verb
from envivo.orchestration.control.script import Outcome, parse
from envivo.orchestration.target import Place
from envivo.probes.sessions import Session
from envivo.state.program import Program
from tests.unit.overview.hosts import placed
from tests.unit.settings.environments import drafted

YARD = {"publisher": {"user": "yard", "password": "a-password-of-the-yard"}}
CAMERAS = {"webcam": {"host": "cam1", "source": "test"}, "yard": {"host": "cam2", "source": "test"}}
GROUPS = {"media1": ["media"], "cam1": ["cameras"], "cam2": ["cameras"]}
PLACES = list(placed(drafted(cameras=CAMERAS, mediamtx={"paths": {"yard": YARD}}), GROUPS).values())
MARKER = '{"program": "mediamtx", "by": "alice@laptop", "since": "2026-11-30 10:02 UTC"}'


def planned(verb: Verb, name: str = "", places: list[Place] = PLACES) -> list[dict[str, list[str]]]:
    return [
        {host: [program.name for program in programs] for host, programs in stage.items()}
        for stage in order.stages(places, verb, name)
    ]


@pytest.mark.parametrize(
    ("verb", "name", "found"),
    [
        (Verb.START, "", [{"media1": ["mediamtx", "caddy"]}, {"cam1": ["webcam"], "cam2": ["yard"]}]),
        (Verb.RESTART, "", [{"media1": ["mediamtx", "caddy"]}, {"cam1": ["webcam"], "cam2": ["yard"]}]),
        (Verb.STOP, "", [{"cam1": ["webcam"], "cam2": ["yard"]}, {"media1": ["caddy", "mediamtx"]}]),
        (Verb.STOP, "yard", [{"cam2": ["yard"]}]),
        (Verb.STOP, "cam1", [{"cam1": ["webcam"]}]),
        (Verb.STOP, "media1", [{"media1": ["caddy", "mediamtx"]}]),
        (Verb.STOP, "web", [{"media1": ["caddy"]}]),
        # what guards and limits is never stopped, but begins anew where it is named
        (Verb.RESTART, "stack", [{"media1": ["stack"]}]),
        (Verb.START, "limits", [{"media1": ["limits"]}]),
    ],
)
def test_servers_start_before_their_clients_and_stop_after_them(
    verb: Verb, name: str, found: list[dict[str, list[str]]]
) -> None:
    assert planned(verb, name) == found


@pytest.mark.parametrize(
    ("verb", "name", "said"),
    [
        (
            Verb.STOP,
            "webcma",
            "webcma: is not a host or program here: did you mean webcam? Or choose one of media1, cam1",
        ),
        (Verb.RESTART, "x", "x: is not a host or program here: choose one of media1, cam1"),
        (
            Verb.STOP,
            "stack",
            "stack: is needed by other programs, so it cannot be stopped: choose one of mediamtx, ",
        ),
    ],
)
def test_another_name_is_refused(verb: Verb, name: str, said: str) -> None:
    with pytest.raises(EnvivoError) as refused:
        order.stages(PLACES, verb, name)
    assert str(refused.value).startswith(said), refused.value
    assert refused.value.exit_code == 2


MEDIAMTX = Program("mediamtx", "nobody can watch", service="mediamtx")
CADDY = Program("caddy", "no page", service="web")
COTURN = Program("coturn", "no relay", "coturn.service")
AGENT = Program("live/yard", "nobody publishes", "envivo-agent@live-yard.service")
LIMITS = Program("limits", "no limits", "envivo-limits.service")


def session(protocol: str, path: str, media: str = "") -> Session:
    return Session(f"{protocol}-{path}-{media}", path, protocol, "", False, "", "10.0.0.9", media=media)


WEBRTC, RELAYED = session("WebRTC", "live/yard", "host/udp"), session("WebRTC", "webcam", "relay/udp")
HLS, RTSP = session("HLS", "webcam"), session("RTSP", "live/yard")
SESSIONS = [WEBRTC, RELAYED, HLS, RTSP]


@pytest.mark.parametrize(
    ("verb", "programs", "words", "watching"),
    [
        (Verb.STOP, [MEDIAMTX], "everybody", SESSIONS),
        (Verb.RESTART, [MEDIAMTX, AGENT], "everybody", SESSIONS),
        (Verb.RESTART, [CADDY], "the page and HLS viewers", [HLS]),
        (Verb.RESTART, [COTURN], "viewers through a relay, who reconnect", [RELAYED]),
        (Verb.RESTART, [AGENT], "viewers of camera live-yard, for a second or two", [WEBRTC, RTSP]),
        (Verb.STOP, [AGENT], "publisher and viewers of camera live-yard", [WEBRTC, RTSP]),
        (Verb.RESTART, [LIMITS], "nobody", []),
        (Verb.START, [MEDIAMTX, AGENT], "nobody", []),
    ],
)
def test_it_interrupts_whom_a_deploy_would(
    verb: Verb, programs: list[Program], words: str, watching: list[Session]
) -> None:
    assert whom.words(whom.interrupted(verb, programs)) == words
    assert whom.watching(verb, programs, SESSIONS) == watching


@pytest.mark.parametrize(
    ("sessions", "words"),
    [
        ([], "nobody watches"),
        ([HLS], "1 viewer is connected (1 HLS)"),
        (SESSIONS, "4 viewers are connected (2 WebRTC, 1 HLS, 1 RTSP)"),
    ],
)
def test_viewers_are_counted_by_how_they_watch(sessions: list[Session], words: str) -> None:
    assert whom.number(sessions) == words


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("0 done", ("done", "")),
        ("0 already", ("already", "")),
        (f"0 left {MARKER}", ("left", MARKER)),
        ("0 failed Unit coturn.service not found.", ("failed", "Unit coturn.service not found.")),
        ("0 silent /dev/video7 does not exist", ("silent", "/dev/video7 does not exist")),
        ("1 done", ("failed", "")),
        ("", ("failed", "")),
        ("0 what now", ("failed", "now")),
    ],
)
def test_a_program_of_which_nothing_good_is_printed_has_failed(line: str, outcome: tuple[Any, str]) -> None:
    assert parse([MEDIAMTX], [line]) == [Outcome(MEDIAMTX, *outcome)]


@pytest.mark.parametrize(
    ("outcome", "named", "said"),
    [
        (Outcome(MEDIAMTX, "done"), True, []),
        (Outcome(MEDIAMTX, "already"), True, []),
        (Outcome(MEDIAMTX, "left", MARKER), False, []),
        (Outcome(MEDIAMTX, "left", MARKER), True, ["m: mediamtx is stopped by alice@laptop since 2026-11-30 10:02 UTC, "
                                                   "so it was not restarted: envivo start ENV mediamtx"]),
        (Outcome(MEDIAMTX, "failed", "no image"), True,
         ["m: mediamtx was not restarted (no image): see why: envivo logs ENV mediamtx"]),
        (Outcome(AGENT, "silent"), True, ["m: live/yard was restarted, but does not work after 45 s: "
                                          "see why: envivo logs ENV live/yard"]),
    ],
)  # fmt: skip
def test_what_is_not_as_asked_is_a_finding(outcome: Outcome, named: bool, said: list[str]) -> None:
    assert list(map(str, acting.findings([Result("m", outcome)], Verb.RESTART, named))) == said
