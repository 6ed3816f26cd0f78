"""What a deploy says at its end, of hosts that answer so."""

import json
from typing import Any

import pytest

from envivo.orchestration.outcome import Agent, Commands, Seen, agents, coming, online, rendered
from envivo.orchestration.placement import endpoints
from envivo.roles.role import Report
from envivo.state.stopped import Stopped
from tests.unit.settings.environments import PASSWORD, lab

PUBLISHER = {"user": "x", "password": PASSWORD}
PATHS: dict[str, Any] = {
    "garage/door": {"publisher": PUBLISHER},
    "obs": {"publisher": PUBLISHER, "expected": True},
    "phone": {"publisher": PUBLISHER},
}
SETTINGS = lab(
    mediamtx={"paths": PATHS}, cameras={"webcam": {"host": "cam1"}, "garage/door": {"source": "test", "host": "cam1"}}
)
ABSENT = "/dev/video7 does not exist: plug the camera in, or fix the name"
LIVE = Agent("active", Report("live", fps=30))
WAITING = Agent("active", Report("waiting-camera", ABSENT))
PAGE = "http://10.0.0.21:8080/web"
COMMANDS = Commands("home", ["own data"])
VERIFY = "envivo verify home --group-data 'own data'"


def said(seen: Seen, commands: Commands = COMMANDS) -> list[str]:
    book = endpoints(SETTINGS, "media1", "10.0.0.21")
    return list(rendered(SETTINGS.media, SETTINGS.agents, book, ["cam1"], seen, commands))


ALL = {"webcam": True, "garage/door": True, "obs": True, "phone": False}


def test_all_is_live() -> None:
    assert said(Seen(ALL, {"webcam": LIVE, "garage/door": LIVE})) == [
        "--> home: 3 paths are live",
        f"    webcam       live: {PAGE}/player.html?path=webcam",
        f"    garage/door  live: {PAGE}/player.html?path=garage/door",
        f"    obs          live: {PAGE}/player.html?path=obs",
        "    phone        no publisher, and none is expected",
        f"    all paths: {PAGE}/",
        f"    next: {VERIFY}",
    ]


def test_camera_that_is_not_there_is_named_with_what_to_run() -> None:
    seen = Seen({**ALL, "garage/door": False}, {"webcam": LIVE, "garage/door": WAITING})
    title, *rows, _, last = said(seen)
    assert title == "--> home: 2 paths are live, 1 is not but should be"
    assert rows[1] == f"    garage/door  not live: {ABSENT}"
    assert last == f"    next: envivo camera diagnose home garage/door, then {VERIFY}"


@pytest.mark.parametrize(
    ("seen", "path", "words"),
    [
        (Seen({**ALL, "webcam": False}, {"webcam": Agent("failed")}), "webcam", "not live: its agent is failed"),
        (Seen({**ALL, "webcam": False}, {"webcam": Agent("active", Report("connecting"))}), "webcam",
         "not live: its agent is connecting"),
        (Seen({**ALL, "webcam": False}), "webcam", "not live: its camera is on cam1, which was not looked at"),
        (Seen({**ALL, "obs": False}), "obs", "not live: nobody publishes"),
        (Seen(ALL, {"webcam": Agent("active", Report("waiting-server", "another publisher holds it: end it"))}),
         "webcam", "live, but not from its camera: another publisher holds it: end it"),
        (Seen(None, {"webcam": WAITING}), "webcam", f"not live: {ABSENT}"),
        (Seen(None, {"webcam": LIVE}), "webcam", f"live: {PAGE}/player.html?path=webcam"),
        (Seen(None, {"webcam": LIVE}), "obs", "was not looked at"),
        (Seen({**ALL, "webcam": False}, {"webcam": Agent("active", Report("backoff", "a\nb\x1b[2J: c"))}), "webcam",
         "not live: a b[2J: c"),
    ],
)  # fmt: skip
def test_each_path_has_its_reason(seen: Seen, path: str, words: str) -> None:
    assert f"    {path:11}  {words}" in said(seen)


def test_failed_hosts_come_first_and_what_to_run_is_the_deploy() -> None:
    lines = said(Seen(ALL, failed=["cam1"]))
    assert lines[0] == "--> home: the deploy failed on cam1: the errors above say why"
    assert lines[-1] == "    next: fix that, then pyinfra inventories/home.py deploy.py --group-data 'own data'"


def test_nothing_is_said_of_what_no_host_told() -> None:
    assert said(Seen(failed=["cam1", "media1"])) == [
        "--> home: the deploy failed on cam1, media1: the errors above say why",
        f"    all paths: {PAGE}/",
        "    next: fix that, then pyinfra inventories/home.py deploy.py --group-data 'own data'",
    ]
    assert not any("next" in line for line in said(Seen(ALL), Commands()))


def test_what_was_left_stopped_is_named_with_what_starts_it() -> None:
    stopped = Stopped("garage/door", "alice@laptop", "2026-11-30 10:02 UTC")
    seen = Seen({**ALL, "garage/door": False}, {"webcam": LIVE, "garage/door": Agent("inactive")}, stopped=[stopped])
    *_, left, pages, last = said(seen)
    assert left == "    garage/door stays stopped by alice@laptop since 2026-11-30 10:02 UTC"
    assert pages.startswith("    all paths: ")
    assert last == f"    next: envivo start home garage/door, then {VERIFY}"


def test_many_live_paths_are_counted() -> None:
    many = lab(mediamtx={"paths": {f"p{n}": {"publisher": PUBLISHER, "expected": True} for n in range(20)}})
    everything = dict.fromkeys(many.mediamtx.paths, True)
    lines = list(
        rendered(many.media, many.agents, endpoints(many, "m", "10.0.0.1"), ["m"], Seen(everything), Commands("home"))
    )
    assert lines[0] == "--> home: 21 paths are live"
    assert lines[-3] == "    and 9 more that are live"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"items":[{"name":"a","online":true,"source":{"type":"rtspSession"}},'
         '{"name":"b","online":true,"source":null},{"name":"c","online":false,"source":null}]}',
         {"a": True, "b": False, "c": False}),
        ("", None), ("[]", None), ("null", None), ('{"items":[{}]}', None), ('{"status":"error"}', None),
    ],
)  # fmt: skip
def test_paths_are_read_from_the_api(answer: str, expected: dict[str, bool] | None) -> None:
    assert online(answer) == expected


STATUS = {"state": "waiting-camera", "last_error": ABSENT, "fps": 0, "configuration_written": "17.5"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"active 17.5 {json.dumps(STATUS)}", WAITING),
        (f"active 18.5 {json.dumps(STATUS)}", Agent("active")),
        (f"failed 17.5 {json.dumps(STATUS)}", Agent("failed")),
        ("active - ", Agent("active")),
        ("inactive", Agent("inactive")),
        ("", Agent()),
        ("active 17.5 {half", Agent("active")),
    ],
)
def test_agent_is_read_once_it_has_read_its_newest_configuration(line: str, expected: Agent) -> None:
    assert agents(["webcam"], [line]) == {"webcam": expected}


@pytest.mark.parametrize(
    ("agent", "waits"),
    [
        (LIVE, True), (Agent("active"), True), (Agent("activating"), True),
        (Agent("active", Report("connecting")), True),
        (WAITING, False), (Agent("failed"), False), (Agent("inactive"), False), (Agent(), False),
        (Agent("active", Report("waiting-server", "refuses the credentials")), False),
        (Agent("active", Report("backoff", "no encoder works")), False), (Agent("active", Report("backoff")), True),
    ],
)  # fmt: skip
def test_only_what_may_come_is_waited_for(agent: Agent, waits: bool) -> None:
    seen = Seen({**ALL, "webcam": False}, {"webcam": agent, "garage/door": LIVE})
    assert coming(SETTINGS.media, seen, ["webcam", "garage/door"]) == (["webcam"] if waits else [])


def test_people_are_waited_for_and_what_need_not_be_live_is_not() -> None:
    seen = Seen({"webcam": True, "garage/door": True}, {"webcam": LIVE, "garage/door": LIVE})
    assert coming(SETTINGS.media, seen, ["webcam", "garage/door"]) == ["obs"]


def test_host_that_does_not_answer_is_not_waited_for() -> None:
    assert agents(["webcam", "garage/door"], []) == {"webcam": Agent(), "garage/door": Agent()}
    assert coming(SETTINGS.media, Seen(None), []) == []
