"""`envivo completion SHELL`: the script by which a shell completes envivo's words."""

import click
from click.shell_completion import get_completion_class

from envivo.cli.completing import VARIABLE
from envivo.cli.following import Followed

INSTALLED = {
    "bash": "~/.local/share/bash-completion/completions/envivo",
    "zsh": '"${fpath[1]}/_envivo"',
    "fish": "~/.config/fish/completions/envivo.fish",
}
"""Shell -> file that it reads when envivo is completed for the first time."""


@click.command("completion", cls=Followed, short_help="Print a script for completion with Tab.")
@click.argument("shell", type=click.Choice(list(INSTALLED)))
def command(shell: str) -> None:
    """Print the script that lets a shell complete commands, environments, paths (names of streams), cameras, hosts,
    secrets and settings.

    Its last line says how to install it.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has all three
    from envivo.cli import _envivo

    script = kind(_envivo, {}, "envivo", VARIABLE).source().strip()
    click.echo(f"{script}\n\n# install: envivo completion {shell} > {INSTALLED[shell]}; then start a new {shell}")
