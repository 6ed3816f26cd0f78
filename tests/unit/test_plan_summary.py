"""What a first deploy brings is counted by kind, each thing once; what it changes or removes is listed."""

import pytest

from envivo.operations.reasons import Difference
from envivo.plan.origin import UNKNOWN
from envivo.plan.planning import Change, Plan
from envivo.plan.proposal import Proposal
from envivo.plan.rendering import rendered
from envivo.plan.summary import kind, summed


@pytest.mark.parametrize(
    ("difference", "found"),
    [
        (Difference("curl", "is not installed"), "package"),
        (Difference("python3.11", "is not installed"), "package"),
        (Difference("the account envivo", "is missing"), "account"),
        (Difference("/etc/envivo", "is missing"), "file or directory"),
        (Difference("/etc/systemd/system/envivo-stack.service", "is missing"), "file or directory"),
        (Difference("the image envivo/mediamtx:1.20.1", "is not loaded"), "image"),
        (Difference("the container web", "is not there"), "container"),
        (Difference("envivo-stack.service", "does not run"), "unit"),
        (Difference("envivo-agent@live-yard.service", "does not start at boot"), "unit"),
        (Difference("var-lib-envivo-shown.mount", "does not run"), "unit"),
        (Difference("/etc/docker/daemon.json", "does not say live-restore"), ""),
        (Difference("/etc/envivo/x", "has other content"), ""),
        (Difference("the container web", "was made from another definition or image"), ""),
        (Difference("/opt/envivo/more.html", "is missing", removes=True), ""),
        (Difference("nginx.service", "does not belong there", removes=True), ""),
    ],
)
def test_kinds(difference: Difference, found: str) -> None:
    assert kind(difference) == found


def change(*differences: Difference, origins: tuple[str, ...] = ()) -> Change:
    return Change("Base | Do", differences, (), origins)


NEW = Difference("/etc/envivo", "is missing")
OTHER = Difference("/etc/envivo/x", "has other content")


@pytest.mark.parametrize(
    ("changes", "words", "rest"),
    [
        ([], "", []),
        ([change(NEW), change(NEW)], "1 file or directory", []),
        ([change(NEW, OTHER, origins=(UNKNOWN, "host"))], "1 file or directory", [change(OTHER, origins=("host",))]),
        ([change()], "", [change()]),
        (
            [change(Difference("a.service", "does not start at boot"), Difference("a.service", "does not run"))],
            "1 unit",
            [],
        ),
    ],
)
def test_each_thing_is_counted_once(changes: list[Change], words: str, rest: list[Change]) -> None:
    found, left = summed(changes)
    assert (found, [item.listed for item in left]) == (words, [item.listed for item in rest])


@pytest.mark.parametrize(
    ("release", "full", "counts"), [("", False, True), ("", True, False), ("release 3", False, False)]
)
def test_only_a_host_without_a_release_is_counted(release: str, full: bool, counts: bool) -> None:
    plan = Plan((change(NEW),), release=release)
    lines = [line.text for line in rendered("home", [Proposal("attic", plan)], full)]
    assert ("  + 1 file or directory: to list them, envivo plan home --full" in lines) is counts
    assert ("    + /etc/envivo is missing" in lines) is not counts
