"""What a deploy would change, as a person reads it, beside what other checks found."""

import pytest

from envivo.core.problems import Problem
from envivo.operations.reasons import Difference
from envivo.plan.drift import drift
from envivo.plan.planning import Change, Plan
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding, report, without_echoes

YML = "/etc/envivo/mediamtx/mediamtx.yml"
UNIT = "envivo-agent@webcam.service"
AGENT_FILE = "/opt/envivo/agent/envivo_agent/gst/agent.py"
ACCOUNT = "the account envivo"


def change(*differences: Difference, operation: str = "Media | Switch", refusals: tuple[Problem, ...] = ()) -> Change:
    return Change(operation, differences, refusals)


def differs(subject: str, what: str = "differs", *follows: str) -> Difference:
    return Difference(subject, what, follows)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], []),
        ([change(differs(YML, "has mode 666 instead of 640"))],
         [f"media1: {YML} has mode 666 instead of 640: deploy again"]),
        # one for each operation
        ([change(differs("curl"), differs("docker.io")), change(differs(YML))],
         ["media1: curl differs; docker.io differs: deploy again", f"media1: {YML} differs: deploy again"]),
        ([change(*map(differs, "abcde"))], ["media1: a differs; b differs; c differs and 2 more: deploy again"]),
        # what follows from something that another operation names
        ([change(differs(AGENT_FILE)), change(differs(UNIT, "runs another", "/opt/envivo/agent", "/etc/a.service"))],
         [f"media1: {AGENT_FILE} differs: deploy again"]),
        ([change(differs("/opt/envivo/agent")), change(differs(UNIT, "runs another", "/opt/envivo/agent"))],
         ["media1: /opt/envivo/agent differs: deploy again"]),
        ([change(differs("/opt/envivo/agents")), change(differs(UNIT, "runs another", "/opt/envivo/agent"))],
         ["media1: /opt/envivo/agents differs: deploy again", f"media1: {UNIT} runs another: deploy again"]),
        ([change(differs(ACCOUNT)), change(differs(YML, "has another group", ACCOUNT), differs("/etc/b"))],
         [f"media1: {ACCOUNT} differs: deploy again", "media1: /etc/b differs: deploy again"]),
        # two operations that see the same
        ([change(differs(YML)), change(differs(YML, "is missing"))], [f"media1: {YML} differs: deploy again"]),
        ([change(refusals=(Problem("", "port 8080/tcp is taken by nginx (pid 61)", "stop it"),))],
         ["media1: a deploy would be refused: port 8080/tcp is taken by nginx (pid 61): stop it"]),
        ([change(refusals=(
            Problem("turn.address", "192.0.2.1 is not on any interface of the host", "must be 10.0.0.5"),
        ))],
         ["media1: a deploy would be refused: turn.address: 192.0.2.1 is not on any interface of the host: "
          "must be 10.0.0.5"]),
        ([change(operation="Media | Dance")],
         ['media1: a deploy would change something in "Media | Dance": deploy again']),
    ],
)  # fmt: skip
def test_plan_becomes_findings(changes: list[Change], said: list[str]) -> None:
    assert [str(one) for one in drift("media1", Plan(tuple(changes)))] == said


@pytest.mark.parametrize(
    ("strays", "said"),
    [
        ("", []),
        ("a", ["a deploy leaves these other files alone: a"]),
        ("abcde", ["a deploy leaves these other files alone: a, b, c and 2 more"]),
    ],
)
def test_files_that_nobody_brought_are_no_finding_but_stated(strays: str, said: list[str]) -> None:
    assert list(drift("media1", Plan((), tuple(strays)))) == [Observation(one) for one in said]


def found(message: str, *subjects: str, host: str = "media1") -> Finding:
    return Finding(host, "drift" if subjects else "other", message, "fix it", subjects)


STOPPED = found(f"nobody publishes to webcam: {UNIT} is inactive (masked)")


@pytest.mark.parametrize(
    ("drifting", "other", "stays"),
    [
        (found(f"{UNIT} is masked", UNIT), STOPPED, False),
        (found(f"{UNIT} is masked", UNIT), found(STOPPED.message, host="cam1"), True),
        # names only one of two
        (found(f"{UNIT} is masked; a.timer does not run", UNIT, "a.timer"), STOPPED, True),
        (found("curl is not installed", "curl"), STOPPED, True),
        # a part of a longer name
        (found("webcam.service does not run", "webcam.service"), STOPPED, True),
        (found("/etc/x has mode 777", "/etc/x"), found("see /etc/x/y"), True),
        (found("/etc/x has mode 777", "/etc/x"), found("see /etc/x.yml"), True),
        (found("/etc/x has mode 777", "/etc/x"), found("there is no /etc/x."), False),
        (found("/etc/x has mode 777", "/etc/x"), found("/etc/x has mode 777; more", "/etc/x", "/etc/y"), True),
    ],
)
def test_what_another_finding_names_is_not_said_twice(drifting: Finding, other: Finding, stays: bool) -> None:
    assert without_echoes([drifting, other]) == ([drifting, other] if stays else [other])


def test_report_has_the_four_parts_of_a_finding() -> None:
    (row,) = report("lab", {}, [found("curl is not installed", "curl")])["findings"]

    assert row == {"host": "media1", "code": "drift", "message": "curl is not installed", "fix": "fix it"}
