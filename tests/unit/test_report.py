"""What people read of a verification: the verdict first, each host and path together, what failed last."""

from envivo.verify.engine import Check, Observation, Result, Warned
from envivo.verify.findings import Finding, naming, report
from envivo.verify.rendering import rendered, verdict, waiting_for

WRONG = Finding("cam1", "agent-down", "nobody publishes to webcam: it is inactive", "on cam1: start it")
LATE = Finding("media1", "hls-late", "HLS lags", "restart it")


def check(host: str, claim: str, path: str = "") -> Check:
    return Check(host, claim, list, path=path)


REACHED, SERVER = check("media1", "accepts commands as root"), check("media1", "container mediamtx is healthy")
CAMERA, AGENT = check("cam1", "accepts commands as root"), check("cam1", "the agent is active", "webcam")
PUBLISHING, PLAYS = check("media1", "webcam is publishing", "webcam"), check("media1", "webcam: RTSP plays", "webcam")
OTHER = check("media1", "door: HLS shows pictures", "door")
RESULTS = (
    Result(REACHED, seconds=0.2),
    Result(CAMERA, seconds=0.2),
    Result(AGENT, (WRONG,), seconds=10.04),
    Result(OTHER, (LATE,), seconds=2.0),
    Result(PUBLISHING, blocked_by=AGENT),
    Result(SERVER, observations=(Observation("2 of them"),)),
    Result(PLAYS, blocked_by=AGENT),
)


def text(*results: Result, findings: tuple[Finding, ...] = ()) -> list[str]:
    return list(map(str, rendered("lab", {result.check: result for result in results}, findings, 12.34)))


def test_report_has_the_verdict_first_and_what_failed_last_by_host() -> None:
    assert text(*RESULTS, findings=(WRONG, LATE)) == [
        "lab: 2 of 7 checks fail, 2 skipped (12.3 s)",
        "",
        "media1",
        "  ok         accepts commands as root",
        "  ok         container mediamtx is healthy (2 of them)",
        "",
        "media1, path webcam",
        "  not tried  2 checks after: cam1: the agent is active",
        "",
        "media1, path door",
        "  failed     HLS shows pictures 2.0 s",
        "",
        "cam1",
        "  ok         accepts commands as root",
        "",
        "cam1, path webcam",
        "  failed     the agent is active 10.0 s",
        "",
        f"{LATE}",
        f"{WRONG}",
    ]


def test_report_of_what_holds_ends_with_what_was_checked() -> None:
    assert text(RESULTS[0], RESULTS[5]) == [
        "lab: all 2 checks hold (12.3 s)",
        "",
        "media1",
        "  ok         accepts commands as root",
        "  ok         container mediamtx is healthy (2 of them)",
    ]


def test_warning_is_counted_and_stands_last_although_nothing_is_wrong_yet() -> None:
    full = Result(SERVER, observations=(Observation("2 of them"), Warned("full on Friday: a larger disk")))
    assert text(RESULTS[0], full) == [
        "lab: all 2 checks hold, 1 warning (12.3 s)",
        "",
        "media1",
        "  ok         accepts commands as root",
        "  ok         container mediamtx is healthy (2 of them)",
        "",
        "warning: media1: full on Friday: a larger disk",
    ]


def test_verdict_counts_in_whole_sentences() -> None:
    one = [Result(AGENT, (WRONG,)), Result(PUBLISHING, blocked_by=AGENT)]
    assert verdict("lab", one, [WRONG], 1) == "lab: 1 of 2 checks fails, 1 skipped (1.0 s)"
    assert verdict("lab", one[:1], [WRONG], 1) == "lab: 1 of 1 checks fails (1.0 s)"


def test_it_is_said_what_is_waited_for() -> None:
    follows = Check("media1", "follows", list, (SERVER,))
    assert waiting_for([REACHED, SERVER, follows], [REACHED]) == [SERVER]
    assert waiting_for([REACHED, SERVER, follows], [REACHED, SERVER]) == [follows]


def test_a_fix_names_the_environment_that_the_command_was_given() -> None:
    finding = Finding("media1", "api-silent", "does not answer", "envivo camera diagnose ENV garden says why")
    (row,) = report("home", {}, [finding])["findings"]
    assert row["fix"] == "envivo camera diagnose home garden says why"
    assert finding.of("home").fix == row["fix"]
    assert naming("home", "set ENVIVO_HOME, or ENV") == "set ENVIVO_HOME, or ENV"
