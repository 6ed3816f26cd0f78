"""A host whose clock is not that of the computer that verifies."""

from typing import cast

import pytest

from envivo.remote import CommandResult, RemoteShell
from envivo.roles.base import checks as base
from envivo.roles.base.settings import Base
from envivo.roles.role import Evidence, Target
from tests.unit.operations.shell import sh
from tests.unit.roles.test_from_outside import media


class Shifted:
    """A host whose clock is so many seconds ahead."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        done = sh(command)
        return CommandResult(done.returncode, f"{float(done.stdout) + self._seconds}\n", done.stderr)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (-20, ""),
        (20, ""),
        (120, "its clock is 2 min ahead of this computer's"),
        (3 * 3600, "its clock is 3 h 0 min ahead of this computer's"),
        (-400 * 86400, "its clock is 400 d 0 h behind this computer's"),
    ],
)
def test_clock_that_is_another_one_is_found(seconds: float, words: str) -> None:
    target = Target("10.0.0.21", Base(), cast(RemoteShell, Shifted(seconds)), media().context)
    evidence = Evidence(lambda host: (_ for _ in ()).throw(AssertionError))
    (check,) = (check for check in base.checks(target, evidence) if check.claim == "its clock is right")
    found = [str(finding) for finding in check.find()]
    assert found == ([f"media1: {words}: fix the clock that is wrong: timedatectl set-ntp true"] if words else [])
