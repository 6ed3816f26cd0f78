"""A host is asked once, and each way not to answer is a finding."""

import re
from dataclasses import replace

import pytest

from envivo.orchestration.overview import of_host
from envivo.remote import CommandResult, UnreachableError
from envivo.status.rows import HOSTS
from tests.unit.overview.hosts import codes, placed, rows
from tests.unit.settings.environments import drafted


class Shell:
    """Answers each question with the same words, or does not answer."""

    def __init__(self, answer: str, code: int = 0, error: str = "") -> None:
        self._answer, self._code, self._error = answer, code, error
        self.commands: list[str] = []

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        self.commands.append(command)
        if self._error:
            raise UnreachableError("cam1", self._error, "look for it")
        marks = re.findall(r'printf "\\n(envivo-\w+ \d+)\\n"', command)
        said = "".join(f"\n{mark}\n{self._answer}" for mark in marks) if self._answer else ""
        return CommandResult(self._code, said, "")


@pytest.mark.parametrize(
    ("shell", "found"),
    [
        (Shell("", error="is gone"), {"host-unreachable"}),
        (Shell("", 124), {"host-silent"}),
        (Shell(""), {"host-silent"}),
        (Shell("what?\n"), {"not-read"}),
    ],
    ids=["unreachable", "too late", "silent", "not understood"],
)
def test_a_host_is_asked_once_and_what_is_no_answer_is_a_finding(shell: Shell, found: set[str]) -> None:
    settings = drafted(cameras={"webcam": {"host": "cam1", "source": "test"}})
    place = placed(settings, {"media1": ["media"], "cam1": ["cameras"]})["cam1"]
    items = of_host(replace(place, shell=shell))  # type: ignore[arg-type]
    assert len(shell.commands) == 1
    assert set(codes(items)) == found
    assert [(row.section, row.mood) for row in rows(items)] == ([] if found == {"not-read"} else [(HOSTS, "bad")])
