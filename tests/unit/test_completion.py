"""What shells offer where a person presses Tab: bash, zsh and fish, with the script of `envivo completion`."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from envivo.cli.completing import PROGRAMS, Known
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration.environment import environment
from envivo.orchestration.named import programs_of
from tests.patience import PATIENCE
from tests.unit.overview.hosts import placed
from tests.unit.settings.environments import THREE_MACHINES, filled_in
from tests.unit.test_commands_page import COMMANDS as PAGE

INVENTORY = 'media = ["attic"]\ncameras = [("shed", {"ssh_user": "pi"})]\n'
ASKS = """
import getpass, time

print("PRINTED")
try:
    getpass.getpass("ASKED")
except EOFError:
    time.sleep(600)
"""
GROUP_DATA = """
from envivo import environment, secret

settings = environment(
    mediamtx={"paths": {"garden": {"publisher": {"password": secret("publish-garden")}}, "stage": {}}},
    cameras={"garden": {"source": "test"}},
)
"""
ENVIVO = "from envivo.cli import main; main()"
OFFERED = [
    ("envivo sta", {"start", "status"}),
    ("envivo stop home ga", {"garden"}),
    ("envivo maintenance home ", {"on", "off"}),
    ("envivo urls ", {"home", "harbour"}),
    ("envivo urls ho", {"home"}),
    ("envivo camera diagnose home ", {"garden"}),
    ("envivo viewers home ", {"garden", "stage"}),
    ("envivo urls home ", {"garden", "stage"}),
    ("envivo logs home ", {"attic", "garden", "shed", *PROGRAMS}),
    ("envivo secrets home ", {"publish-garden"}),
    ("envivo settings web.por", {"web.port"}),
    ("envivo completion ", {"bash", "zsh", "fish"}),
    ("envivo status home --w", {"--watch"}),
    ("envivo --project ../elsewhere urls ", {"far"}),
    ("envivo viewers nowhere ", set()),
    ("envivo viewers harbour ", set()),
]
"""What is typed -> all that is offered."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With group data of one environment that asks, prints and waits."""
    root = tmp_path_factory.mktemp("shells")
    for file, text in {
        "video/inventories/home.py": INVENTORY,
        "video/inventories/harbour.py": INVENTORY,
        "video/group_data/home.py": GROUP_DATA,
        "video/group_data/harbour.py": ASKS,
        "elsewhere/inventories/far.py": "",
        "bin/envivo": f"#!/bin/sh\nexec '{sys.executable}' -c '{ENVIVO}' \"$@\"\n",
    }.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    (root / "bin/envivo").chmod(0o755)
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run(
            [root / "bin/envivo", "completion", shell], env=environ(root), stdout=subprocess.PIPE, check=True
        )
        (root / f"envivo.{shell}").write_bytes(done.stdout)
    return root


def environ(root: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENVIVO_", "XDG_"))}
    more = {"PATH": f"{root / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(root)}
    return {**kept, **more, "TERM": "dumb", "COLUMNS": "200", "PS1": "PROMPT "}


def by_bash(root: Path, typed: str) -> set[str]:
    """What bash would offer, by the function that the script registered for the command."""
    ask = (
        'words=($1); [[ $1 != *" " ]] || words+=(""); COMP_WORDS=("${words[@]}"); COMP_CWORD=$((${#words[@]} - 1)); '
        'complete -p envivo | grep -q "_envivo_completion envivo" && _envivo_completion envivo; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return asked(root, ["bash", "--norc", "-c", f". {root}/envivo.bash; {ask}", "bash", typed])


def by_fish(root: Path, typed: str) -> set[str]:
    said = asked(root, ["fish", "--no-config", "-c", f"source {root}/envivo.fish; complete -C '{typed}'"])
    return {line.partition("\t")[0] for line in said}


def asked(root: Path, command: list[str]) -> set[str]:
    done = subprocess.run(
        command, cwd=root / "video", env=environ(root), capture_output=True, text=True, check=False,
        timeout=60 * PATIENCE,
    )  # fmt: skip
    assert done.stderr == ""
    return {line for line in done.stdout.splitlines() if line}


@pytest.mark.parametrize(("typed", "offered"), OFFERED)
@pytest.mark.parametrize("shell", [by_bash, by_fish])
def test_shell_offers(project: Path, shell: Callable[[Path, str], set[str]], typed: str, offered: set[str]) -> None:
    assert shell(project, typed) == offered


class Terminal:
    def __init__(self, descriptor: int) -> None:
        self._descriptor, self.shown, self.all = descriptor, "", ""

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def until(self, pattern: str) -> None:
        """What is shown matches; what was shown so far is forgotten."""
        end = time.monotonic() + 20 * PATIENCE
        while not (match := re.search(pattern, self.shown)):
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"no {pattern} in {self.shown!r}"
            said = os.read(self._descriptor, 4096).decode(errors="replace")
            self.shown, self.all = self.shown + said, self.all + said
        self.shown = self.shown[match.end() :]


@contextmanager
def terminal(root: Path, *command: str) -> Iterator[Terminal]:
    child, descriptor = pty.fork()
    if child == 0:
        os.chdir(root / "video")
        os.execvpe(command[0], command, environ(root))  # noqa: S606 - no shell but the one that is tried
    try:
        yield Terminal(descriptor)
    finally:
        os.close(descriptor)
        os.waitpid(child, 0)


@pytest.mark.parametrize(
    ("shell", "begin"),
    [
        (("bash", "--norc", "--noprofile", "-i"), ". ../envivo.bash; echo RE''ADY"),
        (("zsh", "-f", "-i"), "autoload -U compinit; compinit -u -D; . ../envivo.zsh; echo RE''ADY"),
    ],
    ids=["bash", "zsh"],
)
def test_tab_completes_at_a_terminal(project: Path, shell: tuple[str, ...], begin: str) -> None:
    with terminal(project, *shell) as screen:
        screen.type(f"{begin}\n")
        screen.until("READY")
        screen.type("envivo stat\t")
        screen.until(r"envivo stat\S*us ")
        screen.type("ho\t")
        screen.until("home ")
        screen.type("\x15envivo viewers harbour \t")  # after what is typed was deleted
        screen.type("\x15echo AG''AIN\n")
        screen.until("AGAIN")
        assert "ASKED" not in screen.all and "PRINTED" not in screen.all


def arguments() -> Iterator[tuple[str, click.Argument]]:
    for name, command in PAGE.items():
        for parameter in command.params:
            if isinstance(parameter, click.Argument):
                yield name, parameter


def test_every_argument_has_words_or_is_a_file_or_a_choice() -> None:
    kinds = (Known, click.Choice, click.Path)
    assert [(name, argument.name) for name, argument in arguments() if not isinstance(argument.type, kinds)] == []


def test_programs_are_those_of_the_roles() -> None:
    groups = {"media1": ["media"], "turn1": ["turn"]}
    places = placed(environment(**filled_in(THREE_MACHINES)), groups).values()
    assert {program.name for place in places for program in programs_of(place)} == set(PROGRAMS)


@pytest.mark.parametrize("name", [words.split()[1] for words, argument in arguments() if argument.name == "env"])
def test_environments_are_offered_without_reading_settings(name: str) -> None:
    """What takes time to load is not loaded."""
    asks = f"import sys; from envivo.cli import _envivo; _envivo.get_command(None, {name!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert {"pydantic", "pyinfra", "jinja2", "testinfra"}.isdisjoint(done.stdout.split())
