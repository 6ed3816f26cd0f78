"""How a deploy ends, in words."""

from envivo.cli.changing import end_lines
from envivo.orchestration.deploying.hosts import Ended
from envivo.verify.engine import Check, Result
from envivo.verify.findings import Finding

HELD, FAILS = Check("media1", "a", list), Check("media1", "b", list)
WRONG = Finding("cam1", "camera-away", "/dev/video0 does not exist", "plug the camera in")
RESULTS = {HELD: Result(HELD), FAILS: Result(FAILS, (WRONG,))}


def test_good_end_is_one_line_and_of_a_rollback_what_the_project_has() -> None:
    ended = Ended([], 7, {}, {HELD: Result(HELD)})
    assert end_lines("home", "deploy", ended, 3.21) == ["home: release 7 is deployed, 1 of 1 checks hold (3.2 s)"]
    back, project = end_lines("home", "rollback", ended, 3.21)
    assert back == "home: release 7 is back, 1 of 1 checks hold (3.2 s)"
    assert "which the next deploy installs" in project


def test_deploy_that_stands_is_not_called_a_failure() -> None:
    first, *rest = end_lines("home", "deploy", Ended([WRONG], 7, {}, RESULTS, stands=True), 3)
    assert first == "home: release 7 is deployed, 1 of 2 checks hold (3.0 s); these checks failed before or are new:"
    assert rest == [f"  {WRONG}"]


def test_deploy_that_went_back_says_where_and_to_what() -> None:
    ended = Ended([WRONG], 6, {"media1": 6, "cam1": 5}, {HELD: Result(HELD)})
    assert end_lines("home", "deploy", ended, 3) == [
        "home: the deploy failed (3.0 s)",
        f"  {WRONG}",
        "cam1 has release 5 again, media1 has release 6 again; 1 of 1 checks hold",
        "your project still has the new settings: fix them, then deploy again",
    ]


def test_first_deploy_has_nothing_to_go_back_to() -> None:
    assert end_lines("home", "deploy", Ended([WRONG]), 3)[-1] == "there was no previous release to roll back to"
