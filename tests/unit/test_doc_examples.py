"""Examples in the documentation: what they import is there, and the commands that they show have these options."""

import importlib
import re
import shlex
from pathlib import Path

import click
import pytest

from envivo.cli import _envivo
from envivo.core.paths import PROJECT as ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
IMPORT = re.compile(r"^ *from (envivo[\w.]*) import ([\w, ]+)$", re.MULTILINE)
BLOCK_LINE = re.compile(r"^ {4,}(?:\.venv/bin/)?(envivo [^#|>&\n]*)", re.MULTILINE)
INLINE = re.compile(r"`(envivo [^`]+)`")


def imports(text: str) -> list[tuple[str, str]]:
    return [(module, name.strip()) for module, names in IMPORT.findall(text) for name in names.split(",")]


def commands(text: str) -> list[str]:
    """Lines of blocks, and commands within a sentence."""
    return [" ".join(line.split()) for line in (*BLOCK_LINE.findall(text), *INLINE.findall(text))]


def problem(line: str) -> str:
    """What is wrong with a command line; empty if nothing is. A page may leave out arguments."""
    words = shlex.split(re.sub(r" --project \S+", "", line))[1:]
    command: click.Command = _envivo
    options = set(_envivo.params[0].opts)
    while isinstance(command, click.Group):
        named = next((word for word in words if not word.startswith("-")), "")
        found = command.get_command(click.Context(command), named) if named else None
        if found is None:
            return f"no command {named}" if named.islower() else ""
        words.remove(named)
        command = found
        options |= {option for parameter in command.params for option in parameter.opts}
    unknown = {word.partition("=")[0] for word in words if word.startswith("-")} - options - {"--help", "-h"}
    return f"no option {', '.join(sorted(unknown))}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_a_page_are_true(page: Path) -> None:
    text = page.read_text()

    absent = [
        f"{module}.{name}" for module, name in imports(text) if not hasattr(importlib.import_module(module), name)
    ]
    assert absent == []
    assert [f"{line}: {wrong}" for line in commands(text) if (wrong := problem(line))] == []


def test_pages_have_examples() -> None:
    texts = [page.read_text() for page in PAGES]
    assert len([line for text in texts for line in commands(text)]) > 100
    assert [name for text in texts for name in imports(text)]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("envivo nothing", "no command nothing"),
        ("envivo lab nothing", "no command nothing"),
        ("envivo verify ENV --nothing", "no option --nothing"),
        ("envivo lab up --topology wan", ""),
        ("envivo --project video verify home", ""),
    ],
)
def test_wrong_command_is_found(line: str, wrong: str) -> None:
    assert problem(line) == wrong
