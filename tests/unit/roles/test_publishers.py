"""Who publishes to a path: said for agents' paths and for those of people's own programs."""

import json

import pytest

from envivo.core.moments import moment
from envivo.inventory import Host, Inventory
from envivo.orchestration.target import places
from envivo.probes.mediamtx import WITHOUT_SECRETS
from envivo.remote import CommandResult
from envivo.roles.media import fragments, journal, publishers
from envivo.roles.media.settings import Media
from envivo.roles.role import Feed, Report, Target
from envivo.verify.engine import Check, Observation, Warned
from envivo.verify.findings import Finding
from tests.unit.settings.environments import PASSWORD, drafted

ID = "01234567-89ab-cdef-0123-456789abcdef"
SINCE = "2026-11-30T12:00:00.123456789Z"
OFFLINE = {"online": False, "source": None, "inboundBytes": 0, "onlineTime": None}
CREDENTIALS = "rtsp://media1:8554/webcam refuses the credentials: use the user and password that the server expects"


class MediaHost:
    """Answers as a media host does."""

    def __init__(self, source: str = "", grows: bool = True, log: list[str] | None = None, sound: str = "") -> None:
        self._source, self._grows, self._bytes, self._log = source, grows, 1000, log or []
        self._tracks = [{"codec": codec} for codec in ("H264", sound) if codec]
        self.log_seen = 0

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        assert within_s
        if "/v3/paths/get/" in command:
            self._bytes += self._grows
            online = {"online": True, "source": {"type": self._source, "id": ID}, "inboundBytes": self._bytes}
            online |= {"onlineTime": SINCE, "tracks2": self._tracks}
            return CommandResult(0, json.dumps(online if self._source else OFFLINE), "")
        if f"/get/{ID}" in command:
            assert WITHOUT_SECRETS in command
            return CommandResult(0, '"remoteAddr":"10.0.0.5:40000"\n"userAgent":"OBS"\n', "")
        if "docker logs" in command:
            return CommandResult(0, "\n".join(self._log), "")
        raise AssertionError(command)


def media(shell: MediaHost) -> Target[Media]:
    paths = {"obs": {"publisher": {"user": "obs", "password": PASSWORD}, "expected": True}}
    host = Host("media1", ("media", "cameras"), {"settings": drafted(mediamtx={"paths": paths})})
    (place,) = places(Inventory("lab", (host,)), {"media1": shell})  # type: ignore[dict-item]
    return place.target(place.settings.media)


def feed(*reports: Report) -> Feed:
    left = list(reports)

    def status() -> Report:
        return left.pop(0) if len(left) > 1 else left[0]

    return Feed("cam1", "envivo-agent@webcam.service", Check("cam1", "runs", list), 30, 2500, True, status)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishers, "_PUBLISHED_WITHIN_S", 0.5)
    monkeypatch.setattr(publishers, "_SILENT_AFTER_S", 0.3)


def said(shell: MediaHost, path: str, publisher: Feed | None) -> tuple[list[Finding], list[str]]:
    found = list(publishers.publishing(media(shell), path, publisher))
    return [item for item in found if isinstance(item, Finding)], [str(s) for s in found if isinstance(s, Observation)]


def test_live_agent_is_stated_with_its_rate() -> None:
    assert said(MediaHost("rtspSession"), "webcam", feed(Report("live", fps=29.8))) == (
        [], ["10.0.0.5 over RTSP (OBS), 30 of 30 frames a second"]
    )  # fmt: skip


@pytest.mark.parametrize("source", ["rtmpConn", "rtspSession", "webRTCSession"])
@pytest.mark.parametrize("state", ["waiting-server", "backoff", "connecting", "waiting-camera"])
def test_foreign_publisher_of_an_agents_path_is_named(source: str, state: str) -> None:
    (finding,), _ = said(MediaHost(source), "webcam", feed(Report(state, "another publisher holds it: end it")))
    assert finding.code == "foreign-publisher"
    assert (
        finding.message.startswith("10.0.0.5 over ")
        and "(OBS) publishes to webcam in place of the agent on cam1" in finding.message
    )
    assert "restart" not in finding.fix and "another path" in finding.fix


def test_agent_that_only_just_connects_is_not_taken_for_a_foreign_publisher() -> None:
    findings, _ = said(MediaHost("rtspSession"), "webcam", feed(Report("connecting"), Report("live", fps=30)))
    assert findings == []


@pytest.mark.parametrize("state", ["waiting-server", "connecting", "backoff"])
def test_wrong_password_is_named_whenever_somebody_looks(state: str) -> None:
    (finding,), _ = said(MediaHost(), "webcam", feed(Report(state, CREDENTIALS)))
    assert (finding.host, finding.code) == ("cam1", "not-publishing")
    assert "(rtsp://media1:8554/webcam refuses the credentials)" in finding.message
    assert finding.fix.startswith("use the user and password that the server expects; details: envivo logs ENV ")


def test_nobody_who_should_publish_is_a_finding_without_an_agent_too() -> None:
    (finding,), _ = said(MediaHost(), "obs", None)
    assert (finding.host, finding.code) == ("media1", "not-publishing")
    assert "nobody publishes to obs, which should be live" in finding.message


@pytest.mark.parametrize(("path", "publisher"), [("obs", None), ("webcam", feed(Report("live", fps=30)))])
def test_silent_publisher_is_a_finding_that_says_who_it_is(path: str, publisher: Feed | None) -> None:
    (finding,), _ = said(MediaHost("rtmpConn", grows=False), path, publisher)
    assert finding.code == "publisher-silent"
    assert "10.0.0.5 over RTMP (OBS)" in finding.message


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        ("", ""),
        ("Opus", ""),
        ("G711", ""),
        ("KLV", ""),
        ("MPEG-4 Audio", "is AAC: viewers over WebRTC see a silent picture and hear it only over HLS: "),
        ("MPEG-4 Audio LATM", "is AAC: viewers over WebRTC see a silent picture and hear it only over HLS: "),
        ("MPEG-1/2 Audio", "is MPEG-1/2 Audio: viewers over WebRTC see a silent picture: "),
    ],
)
@pytest.mark.parametrize(
    ("path", "publisher", "fix"),
    [
        ("obs", None, "let its program send Opus"),
        ("webcam", feed(Report("live", fps=30)), 'set "protocol" of its camera to "rtsp"'),
    ],
)
def test_sound_that_webrtc_does_not_carry_is_a_warning(
    sound: str, words: str, path: str, publisher: Feed | None, fix: str
) -> None:
    shell = MediaHost("rtmpConn", sound=sound)
    of_path = list(publishers.publishing(media(shell), path, publisher))
    free = list(publishers.optional_publisher(media(shell), path))
    for found in [of_path, *([] if publisher else [free])]:
        warnings = [str(item) for item in found if isinstance(item, Warned)]
        assert len(warnings) == bool(words)
        assert all(f"the sound of {path} {words}{fix}" in warning for warning in warnings)


TAKEN = "2026-11-30T12:01:00Z INF [path obs] closing existing publisher"


@pytest.mark.parametrize(("times", "codes"), [(0, []), (2, []), (3, ["publishers-fight"]), (10, ["publishers-fight"])])
def test_publishers_that_throw_each_other_out_are_a_finding(times: int, codes: list[str]) -> None:
    shell = MediaHost("rtmpConn", log=[TAKEN] * times)
    assert [finding.code for finding in said(shell, "obs", None)[0]] == codes
    possible = list(publishers.optional_publisher(media(shell), "obs"))
    assert possible[0] == "10.0.0.5 over RTMP (OBS)"
    assert [item.code for item in possible if isinstance(item, Finding)] == codes


def test_nobody_where_nobody_has_to_publish_is_only_stated() -> None:
    assert list(publishers.optional_publisher(media(MediaHost()), "obs")) == ["nobody publishes now"]


@pytest.mark.parametrize(
    ("resets", "counted", "codes"),
    [
        (0, "300\n2\n", []),
        (0, "300\n3\n", []),
        (1, "300\n3\n", []),
        (2, "300\n3\n", ["recording-drift"]),
        (8, "300\n9\n", ["recording-drift"]),
        (0, "300\n4\n", ["recording-fragments"]),
        (0, "20\n1\n", []),
        (0, "20\n5\n", ["recording-fragments"]),
    ],
)
@pytest.mark.parametrize("publisher", [None, feed(Report("live", fps=30))])
def test_recording_in_pieces_is_a_finding(resets: int, counted: str, codes: list[str], publisher: Feed | None) -> None:
    found = list(fragments.judged(media(MediaHost()), "webcam", publisher, resets, counted))
    assert [item.code for item in found if isinstance(item, Finding)] == codes
    assert [str(item) for item in found if isinstance(item, Observation)] == (
        ["restarted once in 5 minutes: detected drift"] if resets == 1 else []
    )


def test_log_counts_from_when_the_publisher_came() -> None:
    stamped = [f"2026-11-30T12:00:0{second}.5Z WAR [path webcam] detected drift" for second in (0, 1, 2)]
    assert journal.after(stamped, "2026-11-30T12:00:01.000000001Z") == stamped[1:]
    assert journal.after(stamped, "2026-11-30T13:00:01+01:00") == stamped[1:]
    assert journal.after(stamped, "") == stamped


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1970-01-01T00:00:01Z", 1.0), ("1970-01-01T01:00:01.5+01:00", 1.5), ("", 0.0), ("yesterday", 0.0)],
)
def test_moment_of_a_log_line_is_read(text: str, seconds: float) -> None:
    assert moment(text) == seconds


REFUSED = "{at}Z INF [{protocol}] [conn {address}] closed: someone is already publishing to path 'webcam'"


def test_who_is_refused_because_an_agent_holds_the_path_is_said_with_the_agent() -> None:
    log = [
        # the agent itself, while its lost connection still had the path
        REFUSED.format(at="2026-11-30T11:59:50", protocol="RTSP", address="10.0.0.5:41312"),
        REFUSED.format(at="2026-11-30T12:00:30", protocol="RTMP", address="10.0.0.7:41314"),
        REFUSED.format(at="2026-11-30T12:00:35", protocol="RTMP", address="[2001:db8::7]:41316"),
    ]
    findings, observed = said(MediaHost("rtspSession", log=log), "webcam", feed(Report("live", fps=30)))
    assert findings == []
    assert observed[0] == (
        "envivo-agent@webcam.service on cam1 publishes to webcam, so MediaMTX refuses 10.0.0.7, 2001:db8::7 "
        "(2 in 5 minutes): "
        "give that program a path of its own"
    )
    assert said(MediaHost("rtspSession", log=log[:1]), "webcam", feed(Report("live", fps=30)))[1][0].startswith("10.0.")
