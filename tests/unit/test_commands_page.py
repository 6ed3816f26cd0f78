"""docs/reference/commands.md has every command with its arguments and options, and no other."""

import re
from collections.abc import Iterator

import click
import pytest

from envivo.cli import _envivo
from envivo.core.paths import PROJECT as ROOT

PAGE = (ROOT / "docs" / "reference" / "commands.md").read_text()
SECTIONS = dict(re.findall(r"^## (envivo .+)\n((?:(?!## ).*\n)*)", PAGE, re.MULTILINE))


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        assert command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


COMMANDS = dict(commands(_envivo, "envivo"))


def title(name: str, command: click.Command) -> str:
    """The command with its arguments, those that may be left out in brackets."""
    arguments = [argument for argument in command.params if isinstance(argument, click.Argument)]
    words = [(argument.metavar or argument.human_readable_name).strip("[]").upper() for argument in arguments]
    shown = [word if argument.required else f"[{word}]" for word, argument in zip(words, arguments, strict=True)]
    return " ".join([name, *shown])


def test_page_has_every_command_and_no_other() -> None:
    assert sorted(SECTIONS) == sorted(title(name, command) for name, command in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_section_has_every_option_and_no_other(name: str) -> None:
    command = COMMANDS[name]
    words = [word for option in command.params if isinstance(option, click.Option) for word in option.opts]
    options = {word for word in words if word.startswith("--")}
    rows = re.findall(r"^\| (`--.*?) \|", SECTIONS[title(name, command)], re.MULTILINE)

    assert set(re.findall(r"`(--[a-z-]+)", " ".join(rows))) == options


def test_page_has_every_choice() -> None:
    choices = {
        str(choice)
        for name, command in COMMANDS.items()
        if name != "envivo lab viewers"  # docs/reference/lab.md
        for option in command.params
        if isinstance(option.type, click.Choice)
        for choice in option.type.choices
    }
    assert {choice for choice in choices if f"`{choice}`" not in PAGE} == set()
