"""The last line of each command: the one that makes sense next."""

import re
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from envivo.cli import COMMANDS as NAMES
from envivo.cli.following import NEXT, Followed, deploy_first
from envivo.cli.reporting import Reporting
from envivo.verify.findings import Finding
from tests.unit.test_commands_page import COMMANDS


def name(words: str) -> str:
    return words.removeprefix("envivo ")


def test_every_command_has_a_next_one_and_no_other_has() -> None:
    assert {name(words) for words in COMMANDS} == {key.partition(" --")[0] for key in NEXT}
    assert [words for words, command in COMMANDS.items() if not isinstance(command, Followed)] == []


@pytest.mark.parametrize("words", sorted(NEXT))
def test_what_makes_a_difference_is_an_option(words: str) -> None:
    command, _, option = words.partition(" --")
    options = [word for parameter in COMMANDS[f"envivo {command}"].params for word in parameter.opts]
    assert not option or f"--{option}" in options


@pytest.mark.parametrize("line", sorted({line for following in NEXT.values() for line in following[:3] if line}))
def test_next_one_is_a_command(line: str) -> None:
    if match := re.search(r"envivo ((?!\{)[a-z-]+)( [a-z]+)?", line):
        assert match[1] in NAMES


def command(code: int = 0, cls: type[click.Command] = Reporting) -> click.Group:
    group = click.Group("envivo")

    @group.command("verify", cls=cls)
    @click.argument("env")
    @click.option("--group-data", multiple=True)
    @click.option("--json", "as_json", is_flag=True)
    def ends(**_given: object) -> None:
        click.echo("said")
        if code:
            sys.exit(code)

    return group


def test_restore_is_followed_by_lines_with_its_file_and_key(tmp_path: Path) -> None:
    group = click.Group("envivo")

    @group.command("restore", cls=Reporting)
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--identity", type=click.Path(path_type=Path))
    @click.option("--into")
    @click.option("--list", "only_list", is_flag=True)
    @click.option("--json", "as_json", is_flag=True)
    def ends(**_given: object) -> None:
        pass

    def last(*options: str) -> str:
        return CliRunner().invoke(group, ["restore", "a b.bak", *options], prog_name="envivo").stdout.strip()

    file = f"'{Path('a b.bak').absolute()}'"
    key = Path("key.txt").absolute()
    assert last("--list") == f"next: envivo restore {file} --into DIR"
    assert last("--list", "--identity", "key.txt") == f"next: envivo restore {file} --identity {key} --into DIR"
    assert last("--into", "x", "--identity", "key.txt").endswith(f"envivo restore {file} --identity {key} --hosts")


@pytest.mark.parametrize("found", [[], ["not-deployed"], ["disk-full"], ["disk-full", "not-deployed"]])
@pytest.mark.parametrize("code", [0, 1])
def test_a_deploy_is_next_where_nothing_is_deployed(code: int, found: list[str]) -> None:
    group = click.Group("envivo")

    @group.command("verify", cls=Reporting)
    @click.argument("env")
    @click.option("--json", "as_json", is_flag=True)
    def ends(**_given: object) -> None:
        deploy_first([Finding("media1", code, "what", "fix") for code in found])
        sys.exit(code)

    done = CliRunner().invoke(group, ["verify", "home"], prog_name="envivo")
    assert (done.stdout == "next: envivo deploy home\n") is ("not-deployed" in found)


@pytest.mark.parametrize(
    ("code", "options", "last"),
    [
        (0, [], "next: envivo status home --watch"),
        (0, ["--group-data", "own data"], "next: envivo status home --group-data 'own data' --watch"),
        (1, [], "next: fix that, then envivo verify home"),
        (1, ["--group-data", "own"], "next: fix that, then envivo verify home --group-data own"),
        (0, ["--json"], "said"),
        (2, [], "said"),
    ],
)
def test_last_line_says_what_comes_next(code: int, options: list[str], last: str) -> None:
    done = CliRunner().invoke(command(code), ["verify", "home", *options], prog_name="envivo")
    assert done.exit_code == code
    assert done.stdout.splitlines()[-1] == last
