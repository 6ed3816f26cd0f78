"""Words that a shell offers for a command's arguments: read from the project's files alone, in a moment, or none.

Nothing is validated, decrypted or asked, and no host is connected to. https://click.palletsprojects.com/en/stable/shell-completion/
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

WITHIN_S = 2.0
"""A file of the project is a program that may take any time."""
VARIABLE = "_ENVIVO_COMPLETE"
"""With it in the environment, a shell asks for words: click's own name."""
PROGRAMS = (
    *("bans", "caddy", "certbot", "certificates", "coturn", "docker"),
    *("limits", "mediamtx", "mount", "retention", "stack"),
)
"""Names of programs, beside cameras; which of them a host has, its settings say."""


class Known(click.ParamType[str]):
    """A text, for which the shell offers words. `words`: of the arguments given so far, by name."""

    def __init__(self, name: str, words: Callable[[Mapping[str, Any]], Iterable[str]]) -> None:
        self.name, self._words = name, words

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        found: list[str] = []
        with suppress(Exception, SystemExit), _quiet():
            found = sorted(set(self._words(ctx.params)))
        return [CompletionItem(word) for word in found if word.startswith(incomplete)]


def complete(command: click.Command) -> None:
    """Offer words for the arguments of the command and those below it, by the name of the argument."""
    for part in command.commands.values() if isinstance(command, click.Group) else ():
        complete(part)
    names = {argument.name for argument in command.params if isinstance(argument, click.Argument)}
    known = OF_ENVIRONMENT if "env" in names else ELSEWHERE
    for argument in command.params:
        if isinstance(argument, click.Argument) and argument.name in known:
            argument.type = known[argument.name]


@contextmanager
def _quiet() -> Iterator[None]:
    """What runs inside can ask nobody and print nothing."""
    with suppress(OSError):
        os.setsid()  # getpass asks the terminal of the session
    with Path(os.devnull).open("r+b") as nothing:
        before = {number: os.dup(number) for number in (0, 1, 2)}
        try:
            for number in before:
                os.dup2(nothing.fileno(), number)
            yield
        finally:
            sys.stdout.flush()
            for number, copy in before.items():
                os.dup2(copy, number)
                os.close(copy)


def _environments(_given: Mapping[str, Any]) -> Iterator[str]:
    from envivo.core.paths import PROJECT

    return (file.stem for file in PROJECT.glob("inventories/*.py"))


def _data(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The environment's settings as its group data give them: nothing is validated, and secrets are references."""
    from envivo import inventory

    import_module("envivo.orchestration.environment")  # what the file will load is not the file's time
    with inventory.bounded(WITHIN_S):
        found: Mapping[str, Any] = inventory.execute(_file("group_data", given))["settings"].data
    return found


def _file(folder: str, given: Mapping[str, Any]) -> Path:
    from envivo.core.paths import PROJECT

    return PROJECT / folder / f"{given['env']}.py"


def _cameras(given: Mapping[str, Any]) -> Iterable[str]:
    return _data(given).get("cameras") or {}


def _paths(given: Mapping[str, Any]) -> Iterator[str]:
    yield from _data(given)["mediamtx"]["paths"]


def _hosts(given: Mapping[str, Any]) -> Iterable[str]:
    from envivo import inventory
    from envivo.orchestration import deployed_hosts

    with inventory.bounded(WITHIN_S):
        groups, _ = inventory.groups_of(_file("inventories", given))
    present = (host[0] if isinstance(host, tuple) else host for hosts, _ in groups.values() for host in hosts)
    return [*present, *deployed_hosts.read(given["env"])]


def _names(given: Mapping[str, Any]) -> Iterator[str]:
    yield from (*PROGRAMS, *_hosts(given))
    yield from _cameras(given)


def _secrets(given: Mapping[str, Any]) -> Iterator[str]:
    from envivo.secrets.reference import within

    return (secret.name for secret in within(_data(given)))


def _settings(_given: Mapping[str, Any]) -> Iterator[str]:
    from envivo.config.reference import settings
    from envivo.orchestration.environment import Environment

    return (setting.path for setting in settings(Environment))


OF_ENVIRONMENT = {
    kind.name: kind
    for kind in (
        Known("env", _environments),
        Known("camera", _cameras),
        Known("path", _paths),
        Known("host", _hosts),
        Known("name", _names),
        Known("secret", _secrets),
    )
}
"""Name of an argument -> its words, in commands that take an environment."""
ELSEWHERE = {"path": Known("path", _settings)}
