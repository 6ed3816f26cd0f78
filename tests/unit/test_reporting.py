"""What stops a command with --json is an object too."""

import json
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from envivo.cli import COMMANDS
from envivo.cli.reporting import Reporting
from envivo.core.errors import EnvivoError, SettingsError
from envivo.core.problems import Problem

WRONG = [
    Problem("mediamtx.rtmp_port", "must be a port number from 1024 to 65535, is 80", file="group_data/home.py"),
    Problem("turn", "is the same machine as media", "use one name", "inventories/home.py"),
]


@click.command(cls=Reporting)
@click.argument("env")
@click.option("--json", "as_json", is_flag=True)
def stopped(env: str, as_json: bool) -> None:
    raise SettingsError(WRONG)


def test_each_problem_is_an_object() -> None:
    run = CliRunner().invoke(stopped, ["home", "--json"])

    assert isinstance(run.exception, SettingsError)
    answer = json.loads(run.stdout)
    assert [Problem(**problem) for problem in answer["problems"]] == WRONG
    assert (answer["env"], answer["ok"], answer["findings"]) == ("home", False, [])


def test_nothing_is_printed_for_people() -> None:
    assert CliRunner().invoke(stopped, ["home"]).stdout == ""


def test_text_is_what_people_read() -> None:
    assert str(SettingsError(WRONG)).splitlines() == [
        "invalid settings:",
        "    group_data/home.py: mediamtx.rtmp_port: must be a port number from 1024 to 65535, is 80",
        "    inventories/home.py: turn: is the same machine as media: use one name",
    ]
    (problem,) = EnvivoError("media1", "is gone", "look for it").problems
    assert problem == Problem("media1", "is gone", "look for it")


@pytest.mark.parametrize(
    "name", sorted(set(COMMANDS) - {"artifacts"})
)  # which reports what the cache holds all the same
def test_every_command_with_json_reports(name: str) -> None:
    command = import_module(f"envivo.cli.{name.replace('-', '_')}").command
    commands = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    with_json = [found for found in commands if any(option.name == "as_json" for option in found.params)]

    assert all(isinstance(found, Reporting) for found in with_json)
