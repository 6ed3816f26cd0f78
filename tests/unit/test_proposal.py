"""A plan as people and machines read it."""

import json

import pytest

from envivo.config.interrupts import Interrupts
from envivo.core.problems import Problem
from envivo.operations.reasons import Difference
from envivo.plan.costs import Cost
from envivo.plan.origin import HOST
from envivo.plan.planning import Change, Plan, Replaced
from envivo.plan.proposal import Proposal, exit_code
from envivo.plan.rendering import LONGEST_DIFF, rendered
from envivo.verify.findings import Finding

YML = "/etc/envivo/mediamtx/mediamtx.yml"
DIFF = ("--- on the host", "+++ after a deploy", "@@ -1 +1 @@", "-logLevel: debug", "+logLevel: info")
LAST = "release 3, 2026-11-30 19:00 UTC, a@b"
LEVEL = Change("Media | Switch", (Difference(YML, "has other content"),), (), (HOST,))
MEDIA = Proposal(
    "media1",
    Plan(
        (LEVEL,),
        files=(Replaced(YML, DIFF, ()),),
        release=LAST,
        others=("the container mine",),
        strays=("/etc/envivo/x",),
    ),
    (Cost(Interrupts.EVERYBODY, YML),),
)
PLAYER = Difference("/opt/envivo/player/more.html", "does not belong there", removes=True)
CURL = Difference("curl", "is not installed")
CAMERA = Proposal("cam1", Plan((Change("Base | Install packages", (CURL, PLAYER), ()),)))
SAME = Proposal("cam2", Plan(()))
REFUSED = Proposal("cam3", Plan((Change("Base | Check", (), (Problem("", "not root", "log in as root"),)),)))
LOST = Proposal("cam4", Plan(()), unknown=Finding("cam4", "not-verifiable", "cannot find out", "look"))
ONLY_STRAYS = Proposal("cam5", Plan((), ("/etc/envivo/x",)))
VAGUE = Proposal("cam6", Plan((Change("Media | Dance", (), ()),)))


def text(*proposals: Proposal, full: bool = False) -> list[str]:
    return [line.text for line in rendered("home", proposals, full)]


def test_plan_for_people() -> None:
    assert text(MEDIA, CAMERA, SAME) == [
        "home: a deploy would change 2 of 3 hosts; it interrupts everybody",
        "",
        f"media1 ({LAST})",
        "  Media | Switch",
        f"    ~ {YML} has other content (changed on the host)",
        *(f"        {line}" for line in DIFF),
        f"  interrupts everybody ({YML})",
        "  left alone, since no deploy has brought it: /etc/envivo/x",
        "  left alone, since no deploy has brought it: the container mine",
        "",
        "cam1 (no release yet)",
        "  + 1 package: to list them, envivo plan home --full",
        "  Base | Install packages",
        "    - /opt/envivo/player/more.html does not belong there",
    ]


@pytest.mark.parametrize(
    ("proposals", "first", "code"),
    [
        ([SAME], "home: a deploy would change nothing", 0),
        ([ONLY_STRAYS], "home: a deploy would change nothing", 0),
        ([CAMERA], "home: a deploy would change 1 of 1 host; it interrupts nobody", 3),
        ([VAGUE], "home: a deploy would change 1 of 1 host; it interrupts nobody", 3),
        ([REFUSED], "home: a deploy would be refused on cam3", 1),
        ([CAMERA, LOST],
         "home: a deploy would change 1 of 2 hosts; cam4 could not be checked; it interrupts nobody", 1),
    ],
)  # fmt: skip
def test_verdict_and_exit_code(proposals: list[Proposal], first: str, code: int) -> None:
    assert text(*proposals)[0] == first
    assert exit_code(proposals) == code


def test_findings_come_last() -> None:
    assert text(REFUSED, LOST)[-2:] == [
        "cam3: a deploy would be refused: not root: log in as root",
        "cam4: cannot find out: look",
    ]


def test_long_diff_is_cut_and_json_has_all_of_it() -> None:
    long = tuple(f"+{number}" for number in range(LONGEST_DIFF + 5))
    proposal = MEDIA._replace(plan=Plan((LEVEL,), files=(Replaced(YML, long, None),)))

    assert "        and 5 more lines: --full shows all" in text(proposal)
    assert not [line for line in text(proposal) if line.endswith(long[-1])]
    assert long[-1] in json.dumps(proposal.row)


def test_plan_for_machines() -> None:
    assert json.loads(json.dumps(MEDIA.row)) == {
        "operations": [
            {
                "operation": "Media | Switch",
                "differences": [
                    {
                        "subject": YML,
                        "what": "has other content",
                        "action": "change",
                        "origin": "host",
                        "diff": list(DIFF),
                    }
                ],
            }
        ],
        "interrupts": [{"who": "everybody", "of": "", "because": YML}],
        "left_alone": ["/etc/envivo/x", "the container mine"],
        "stopped": [],
        "release": LAST,
    }
