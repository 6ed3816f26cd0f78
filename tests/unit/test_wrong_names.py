"""A misspelt name of an environment, host, camera, path, program, secret or command is met with the one that was meant,
by every command that takes such a name, before any host is connected to."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from envivo.cli.completing import Known
from envivo.core.errors import EnvivoError
from envivo.core.names import ensure_known, nearest, unknown
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration.named import named, spelt
from tests.unit.overview.hosts import placed
from tests.unit.settings.environments import drafted
from tests.unit.test_commands_page import COMMANDS

SETTINGS = """
from envivo import environment

settings = environment(
    mediamtx={
        "monitor": {"user": "monitor", "password": "a-password-of-the-monitor"},
        "paths": {
            "garden": {"publisher": {"user": "cam", "password": "a-password-of-the-garden"}},
            "stage": {"anonymous_publishing": True},
        },
    },
    cameras={"garden": {"source": "test"}},
)
"""
WITH_SECRET = """
from envivo import environment, secret

settings = environment(mediamtx={"paths": {"garden": {"publisher": {"password": secret("publish-garden")}}}})
"""
MEANT = {
    "env": "home",
    "camera": "garden",
    "path": "garden",
    "host": "attic",
    "name": "garden",
    "secret": "publish-garden",
}
GIVEN = {"file": "x.tar.age", "state": "on", "directory": "new"}
"""Arguments that are no such names."""
OPTIONS = {"envivo backup": ["--to", "b.age", "--key", "age1"], "envivo remove": ["--yes"]}
ALL = """
import json, sys
from click.testing import CliRunner
from envivo.cli import _envivo

for call in json.load(sys.stdin):
    done = CliRunner().invoke(_envivo, call)
    print(json.dumps([done.exit_code, getattr(done.exception, "exit_code", None), str(done.exception), done.output]))
"""


def calls() -> Iterator[tuple[str, list[str], str]]:
    """Command, a call of it with one misspelt name, and what was meant."""
    for words, command in COMMANDS.items():
        arguments = [argument for argument in command.params if isinstance(argument, click.Argument)]
        for wrong in arguments:
            if not isinstance(wrong.type, Known) or (wrong.name == "path" and len(arguments) == 1):
                continue  # the path of a setting: tests/unit/settings/test_settings_command.py
            env = "vault" if wrong.name == "secret" else "home"
            known = {**MEANT, **GIVEN, "env": env}
            given = [
                f"{known[argument.name or '']}x" if argument is wrong else known[argument.name or ""]
                for argument in arguments[: arguments.index(wrong) + 1]
            ]
            required = [known[rest.name or ""] for rest in arguments[len(given) :] if rest.required]
            meant = known[wrong.name or ""]
            yield words, [*words.split()[1:], *given, *required, *OPTIONS.get(words, ())], meant


CALLS = list(calls())


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, int | None, str, str]]:
    project = tmp_path_factory.mktemp("project")
    inventory = (
        'media = [("attic", {"ssh_hostname": "192.0.2.1"})]\ncameras = [("shed", {"ssh_hostname": "192.0.2.2"})]\n'
    )
    for env, settings in {"home": SETTINGS, "vault": WITH_SECRET}.items():
        for folder, text in {"inventories": inventory, "group_data": settings}.items():
            (project / folder).mkdir(exist_ok=True)
            (project / folder / f"{env}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", ALL], input=json.dumps([call for _, call, _ in CALLS]), capture_output=True, text=True,
        cwd=project, env={**os.environ, "ENVIVO_PROJECT": str(project), "PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_every_kind_of_name_is_misspelt_here() -> None:
    assert {meant for _, _, meant in CALLS} == {*MEANT.values()}
    assert len(CALLS) > len(COMMANDS) / 2


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[" ".join(call) for _, call, _ in CALLS])
def test_command_says_what_was_meant(answers: list[tuple[int, int | None, str, str]], number: int) -> None:
    _, code, said, output = answers[number]
    assert f"did you mean {CALLS[number][2]}?" in said, (said, output)
    assert code == 2


@pytest.mark.parametrize(
    ("group", "given", "meant"),
    [
        ([], "stauts", "status"),
        (["camera"], "diagnos", "diagnose"),
        (["lab"], "dwn", "down"),
        (["artifacts"], "fech", "fetch"),
    ],
)
def test_misspelt_command(group: list[str], given: str, meant: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from envivo.cli import main; main()", *group, given], cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert f"Error: No such command '{given}'. Did you mean {meant}?" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (["webcam", "yard"], "webcma: is no path: did you mean webcam? Or choose one of webcam, yard"),
        (["webcam"], "webcma: is no path: did you mean webcam?"),
        (["stage", "yard"], "webcma: is no path: choose one of stage, yard"),
        (["stage", "stage"], "webcma: is no path: choose one of stage"),
        ([], "webcma: is no path: there are none"),
    ],
)
def test_names_that_there_are_are_listed(known: list[str], said: str) -> None:
    assert str(unknown("webcma", "is no path", known, "there are none")) == said
    with pytest.raises(EnvivoError, match="is no path"):
        ensure_known("webcma", "is no path", known)


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("MediaMTX", ["mediamtx", "media1"], "mediamtx"),
        ("mediamtx", ["Garden", "MediaMTX"], "MediaMTX"),
        ("vwidth", ["width", "height"], "width"),
        ("x", ["width", "height"], None),
        ("", ["width"], None),
    ],
)
def test_nearest_name_is_found_in_any_letters(word: str, known: list[str], meant: str | None) -> None:
    assert nearest(word, known) == meant


PLACES = list(placed(drafted(), {"media1": ["media"], "cam1": ["cameras"]}).values())


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("MediaMTX", "mediamtx"),
        ("CADDY", "caddy"),
        ("Web", "web"),
        ("MEDIA1", "media1"),
        ("webcaM", "webcam"),
        ("x", "x"),
    ],
)
def test_program_camera_or_host_may_be_called_in_any_letters(given: str, taken: str) -> None:
    assert spelt(PLACES, given) == taken
    if taken != given:
        assert named(PLACES, taken)


def test_of_two_names_that_differ_in_letters_only_the_exact_one_is_taken() -> None:
    both = list(placed(drafted(), {"Caddy": ["media"], "cam1": ["cameras"]}).values())
    assert [spelt(both, name) for name in ("Caddy", "caddy", "CADDY")] == ["Caddy", "caddy", "CADDY"]
