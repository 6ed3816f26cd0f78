"""A command finds out whether there is anything to do before it asks, and says so: nobody is asked here, so that a
question ends with exit code 2. Hosts answer as they are told."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from envivo.core.paths import PROJECT as ROOT
from envivo.state.release import Release
from tests.unit.test_commands_page import COMMANDS
from tests.unit.test_wrong_names import SETTINGS

ALL = """
import json, sys
from click.testing import CliRunner
from envivo.cli import _envivo
from envivo.remote import CommandResult, RemoteShell, UnreachableError

ran = []


def run(shell, command, within_s=20):
    ran.append(command)
    for part, answer in answers.items():
        if part in command and answer is None:
            raise UnreachableError("attic", "does not answer", "wait")
        if part in command:
            return CommandResult(0, answer, "")
    return CommandResult(1, "", "")


RemoteShell.run = run
for call, answers in json.load(sys.stdin):
    ran.clear()
    done = CliRunner().invoke(_envivo, call)
    code = getattr(done.exception, "exit_code", done.exit_code)
    said = "" if isinstance(done.exception, SystemExit) else str(done.exception or "")
    print(json.dumps([code, done.output + said, any("echo taken" in command for command in ran)]))
"""
STATE = "; then echo 0 stopped; fi"
RUNS = "0 runs\n0 lives\n"
RELEASES = "release.json"
ANNOUNCED = ".maintenance.json"
REMAINS = "echo end"
WATCHED: dict[str, str | None] = {"paths/list": None}
"""Nobody knows by whom."""


def releases(current: int, *numbers: int) -> str:
    kept = [
        Release(number, "2026-11-30T10:00:00+00:00", "alice@laptop", "1", "abc", after=number - 1) for number in numbers
    ]
    return "\n".join([str(current), *(f"{release.number} - {release.text}" for release in kept)]) + "\n"


class Case(NamedTuple):
    call: str
    answers: dict[str, str | None]
    """Part of a command -> what it prints; None: the host does not answer."""
    code: int
    said: list[str]


ON = '{"status": "maintenance", "say": "soon"}\n{"by": "alice@laptop", "since": "2026-11-30 10:02 UTC"}\n'
STACK = "path /opt/envivo/stack\nfile /opt/envivo/stack/compose.yml\nfile /etc/envivo/notes.txt\nend\n"
DATA = "remains 0 /var/lib/envivo/x (4 KiB)\nend\n"
NOTHING = [
    Case(
        "stop home mediamtx",
        {STATE: "0 stopped\n"},
        0,
        ["attic mediamtx  stopped already", "envivo start home mediamtx"],
    ),
    Case("stop home MediaMTX", {STATE: "0 stopped\n0 lives\n"}, 0, ["attic mediamtx  stopped already"]),
    Case("start home mediamtx", {STATE: RUNS}, 0, ["attic mediamtx  runs already"]),
    Case("rollback home --to 3", {RELEASES: releases(3, 1, 3)}, 0, ["release 3 is already deployed, so nothing"]),
    Case("rollback home --to 3 --yes", {RELEASES: releases(3, 1, 3)}, 0, ["release 3 is already deployed"]),
    Case("rollback home", {RELEASES: releases(1, 1)}, 1, ["home: has only one release"]),
    Case("rollback home", {RELEASES: "0\n"}, 1, ["home: has no release yet: envivo deploy home"]),
    Case("rollback home --to 9", {RELEASES: releases(3, 1, 3)}, 2, ["home has no such release: choose one of 3, 1"]),
    Case("remove home", {REMAINS: "end\n"}, 0, ["attic: nothing of envivo was found"]),
    Case("remove home --json", {REMAINS: "end\n"}, 0, ['"removed": {"attic": {"removed": [],']),
    Case("remove home", {REMAINS: DATA}, 0, ["attic: nothing of envivo was found", "envivo remove home attic --purge"]),
    Case("maintenance home on", {ANNOUNCED: ON}, 0, ["maintenance is on already by alice@laptop since", '"soon"']),
    Case("maintenance home on --say soon", {ANNOUNCED: ON}, 0, ["maintenance is on already"]),
    Case("maintenance home off", {ANNOUNCED: ""}, 0, ["attic: maintenance is off already"]),
]
SOMETHING = [
    Case(
        "stop home mediamtx",
        {**WATCHED, STATE: "0 runs\n0 lives\n"},
        2,
        ["everybody; it is not known who watches"],
    ),
    Case("restart home mediamtx", {**WATCHED, STATE: RUNS}, 2, ["this interrupts everybody"]),
    Case(
        "rollback home",
        {**WATCHED, RELEASES: releases(3, 1, 2, 3)},
        2,
        ["home to release 2: this interrupts"],
    ),
    Case(
        "rollback home --to 1",
        {**WATCHED, RELEASES: releases(3, 1, 2, 3)},
        2,
        ["home to release 1: this interrupts"],
    ),
    Case(
        "remove home attic",
        {REMAINS: STACK},
        2,
        [
            "home: this removes envivo from attic",
            "attic: removes MediaMTX and Caddy",
            "kept, since envivo did not create it; delete it on the host if nobody needs it:",
            "/etc/envivo/notes.txt",
            "remove home: nothing was removed, because envivo cannot ask without a terminal:",
            "envivo remove home attic --yes",
        ],
    ),
    Case("remove home --json", {REMAINS: STACK}, 2, ['"would": {"attic": {"parts": ["MediaMTX and Caddy"]']),
    Case("remove home --purge", {REMAINS: STACK}, 2, ["a terminal: envivo remove home --purge --yes"]),
]
CASES = [*NOTHING, *SOMETHING]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, str, bool]]:
    project: Path = tmp_path_factory.mktemp("project")
    files = {"inventories": 'media = [("attic", {"ssh_hostname": "192.0.2.1"})]\n', "group_data": SETTINGS}
    for folder, text in files.items():
        (project / folder).mkdir()
        (project / folder / "home.py").write_text(text.replace('cameras={"garden": {"source": "test"}},', ""))
    calls: Any = [[case.call.split(), case.answers] for case in CASES]
    done = subprocess.run(
        [sys.executable, "-c", ALL], input=json.dumps(calls), capture_output=True, text=True, check=True,
        cwd=project, env={**os.environ, "ENVIVO_PROJECT": str(project), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_every_command_that_asks_is_called_here() -> None:
    """But for a deploy, whose plan is made by a process of its own: tests/e2e/spare/test_2_plan.py."""
    asking = {name for name, command in COMMANDS.items() if any("--yes" in option.opts for option in command.params)}
    called = {f"envivo {case.call.split()[0]}" for case in CASES}
    assert asking - called == {"envivo deploy"}


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case.call}: {case.said[0]}" for case in CASES])
def test_what_there_is_to_do_is_known_before_anybody_is_asked(
    answers: list[tuple[int, str, bool]], number: int
) -> None:
    code, said, began = answers[number]
    case = CASES[number]
    assert [words for words in case.said if words not in said] == [], said
    assert code == case.code, said
    assert not began, "it has begun to change the host"
