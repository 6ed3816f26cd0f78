"""Help: lists of commands say of each what it does, in one whole line."""

from collections.abc import Iterator

import click
import pytest

from envivo.cli import _envivo

LONGEST = 45
"""Characters that fit beside the longest name, and leave some for narrower terminals."""


def groups(group: click.Group, name: str) -> Iterator[tuple[str, click.Group]]:
    yield name, group
    context = click.Context(group)
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        if isinstance(command, click.Group):
            yield from groups(command, f"{name} {part}")


GROUPS = dict(groups(_envivo, "envivo"))


def listed(group: click.Group) -> list[str]:
    """Lines of the list of commands, in a terminal of 80 columns."""
    context = click.Context(group, terminal_width=80, max_content_width=80)
    return group.get_help(context).partition("Commands:\n")[2].splitlines()


def test_there_are_lists() -> None:
    assert {"envivo", "envivo lab"} < GROUPS.keys()
    assert all(map(listed, GROUPS.values()))


@pytest.mark.parametrize("name", GROUPS)
def test_list_has_one_whole_line_for_each_command(name: str) -> None:
    group = GROUPS[name]
    commands = group.list_commands(click.Context(group))
    lines = listed(group)

    assert [line.split()[0] for line in lines] == commands
    assert [line for line in lines if line.endswith("...") or not line.endswith(".")] == []


@pytest.mark.parametrize("name", GROUPS)
def test_each_command_has_a_short_help(name: str) -> None:
    group = GROUPS[name]
    found = {part: group.get_command(click.Context(group), part) for part in group.list_commands(click.Context(group))}
    short = {part: command.short_help or "" for part, command in found.items() if command}

    assert {part: text for part, text in short.items() if not 0 < len(text) <= LONGEST} == {}
