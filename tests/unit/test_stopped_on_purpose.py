"""Whatever command meets a program that a person has stopped names the command that starts it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from envivo.core.errors import EnvivoError
from envivo.orchestration.control import held
from envivo.orchestration.environment import environment
from envivo.orchestration.named import named, programs_of
from envivo.orchestration.target import Place
from envivo.orchestration.verification import checks
from envivo.plan.planning import Plan
from envivo.remote import CommandResult
from envivo.roles.camera.diagnose import ExpectedCamera, steps
from envivo.roles.media.viewers import viewers
from envivo.state import stopped
from envivo.state.program import Program
from envivo.verify.findings import Finding
from tests.unit.overview.hosts import placed
from tests.unit.settings.environments import THREE_MACHINES, filled_in

GROUPS = {"media1": ["media"], "turn1": ["turn"], "cam1": ["cameras"]}
PLACES = list(placed(environment(**filled_in(THREE_MACHINES)), GROUPS).values())
STOPPABLE = [(place, program) for place in PLACES for program in programs_of(place) if program.stoppable]
IDS = [program.name for _, program in STOPPABLE]


class Host:
    """On which one program was stopped, and nothing else says anything."""

    def __init__(self, program: Program, by: str = "alice@laptop") -> None:
        self._key = program.key
        said = {"program": program.name, "by": by, "since": "2026-11-30 10:02 UTC"}
        self._text = json.dumps(said) if by else "made by hand"

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        if command == stopped.question():
            return CommandResult(0, f"{self._key} {self._text}\n", "")
        if stopped.DIRECTORY in command and command == stopped.question_about(self._key):
            return CommandResult(0, f"{self._text}\n", "")
        if command.startswith("systemctl show"):
            return CommandResult(0, "ActiveState=inactive\nUnitFileState=enabled\n", "")
        if command.startswith("test -d"):
            return CommandResult(0, "", "")
        return CommandResult(1, "", "")


def on(place: Place, host: Any) -> list[Place]:
    return [replace(there, shell=host) if there.name == place.name else there for there in PLACES]


def starts(said: Iterable[object], program: Program) -> list[str]:
    """Fixes that start the program, by any of its names."""
    fixes = [item.fix for item in said if isinstance(item, Finding)]
    begin = "envivo start ENV "
    return [fix for fix in fixes if fix.startswith(begin) and program in _meant(fix.removeprefix(begin))]


def _meant(name: str) -> list[Program]:
    return [program for programs in named(PLACES, name).values() for program in programs]


def test_each_role_that_may_be_stopped_is_among_them() -> None:
    assert IDS == ["mediamtx", "caddy", "coturn", "webcam"]


@pytest.mark.parametrize("by", ["alice@laptop", ""])
@pytest.mark.parametrize(("place", "program"), STOPPABLE, ids=IDS)
def test_verify_and_a_deploys_verification_say_how_to_start_it(place: Place, program: Program, by: str) -> None:
    planned = checks(on(place, Host(program, by)), lambda host: Plan(()))
    about = (program.unit, f"container {program.name}")
    (running,) = [
        check
        for check in planned
        if check.host == place.name and check.claim.removesuffix(" is active").removesuffix(" is healthy") in about
    ]
    assert starts(running.find(), program)


@pytest.mark.parametrize(("place", "program"), STOPPABLE, ids=IDS)
def test_diagnosis_names_the_camera_or_the_server_that_was_stopped(place: Place, program: Program) -> None:
    host: Any = Host(program)
    failed = Finding("cam1", "camera-publish", "webcam: publish: media1:8554: no answer", "start it")
    explained = held.explained(failed, held.servers(on(place, host)))
    if program.name == "mediamtx":
        assert starts([explained], program) and failed.message in explained.message
    else:
        assert explained == failed
    if program.name in place.cameras:
        wanted = ExpectedCamera(place.cameras[program.name], "{}")
        found = [step.finding("cam1", "webcam") for step in steps(host, "webcam", "deploy", wanted) if not step.ok]
        assert starts(found, program)


def test_a_server_whose_host_does_not_answer_is_not_known_to_be_stopped() -> None:
    class Gone:
        def run(self, command: str, within_s: int = 20) -> CommandResult:
            raise EnvivoError("media1", "is gone", "look")

    assert held.servers([replace(place, shell=Gone()) for place in PLACES]) == []  # type: ignore[arg-type]


def test_viewers_names_the_server_that_was_stopped() -> None:
    (place, program), *_ = STOPPABLE
    (media, *_) = on(place, Host(program))
    with pytest.raises(EnvivoError) as error:
        viewers(media.target(media.settings.media))
    assert error.value.fix == "envivo start ENV mediamtx"
    assert error.value.what.startswith("mediamtx is stopped by alice@laptop since")
