"""`envivo COMMAND ...`. Each subcommand is a small module of this package, loaded when it is used."""

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from envivo.cli import completing
from envivo.cli.suggesting import Suggesting
from envivo.core import stopping
from envivo.core.errors import EnvivoError, forbidden

COMMANDS = (
    "artifacts",
    "backup",
    "camera",
    "check",
    "completion",
    "deploy",
    "history",
    "init",
    "lab",
    "logs",
    "maintenance",
    "plan",
    "remove",
    "restart",
    "restore",
    "rollback",
    "secrets",
    "settings",
    "start",
    "status",
    "stop",
    "support-bundle",
    "urls",
    "verify",
    "viewers",
)
FORMER = {"test-gstreamer": ("camera", "diagnose")}
"""Former command, which scripts may still call -> group and command that replace it."""
OF_VERIFY = ("aioice", "aiortc", "av", "certifi", "dns", "testinfra")
"""Modules of the extra `verify`, which a deploy does not need."""


class _Commands(Suggesting):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in FORMER:
            group, name = FORMER[cmd_name]
            found = self.get_command(ctx, group)
            return found.get_command(ctx, name) if isinstance(found, click.Group) else None
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"envivo.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)  # noqa: S101 - a programming error, not an input
        completing.complete(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Without their help, for which click would load every command."""
        names = [CompletionItem(name) for name in COMMANDS if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


def _project(_context: click.Context, _parameter: click.Parameter, directory: str | None) -> None:
    """Before the module of any command is loaded: envivo.core.paths looks once. Absolute, for what they start."""
    if directory:
        os.environ["ENVIVO_PROJECT"] = str(Path(directory).expanduser().resolve())


def _version(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if not asked or context.resilient_parsing:
        return
    from importlib.metadata import version

    from envivo.artifacts.lock import load

    lock = load()
    click.echo(f"envivo {version('envivo')}")
    click.echo(f"MediaMTX {lock.mediamtx.version}")
    click.echo(f"Caddy {lock.caddy.version}")
    context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--project",
    metavar="DIR",
    envvar="ENVIVO_PROJECT",
    callback=_project,
    expose_value=False,
    help="Project directory; default: the current directory, or its nearest parent that contains inventories/.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    callback=_version,
    expose_value=False,
    help="Print the versions of envivo and of the MediaMTX and Caddy that it deploys.",
)
def _envivo() -> None:
    """Create, deploy, verify and operate live video systems. ENV is an environment: `home` for
    inventories/home.py.

    \b
    Start:   envivo init DIR; envivo check ENV; envivo deploy ENV; envivo urls ENV
    Operate: envivo status ENV; envivo logs ENV; envivo viewers ENV
    Debug:   envivo verify ENV; envivo camera diagnose ENV; envivo support-bundle ENV
    """


def main() -> None:
    stopping.heed()
    try:
        sys.exit(_envivo(prog_name="envivo", standalone_mode=False) or 0)
    except ModuleNotFoundError as error:
        if error.name not in OF_VERIFY:
            raise
        fix = "pip install 'envivo[verify]'"
        click.echo(f"envivo: the module {error.name}, which this command needs, is not installed: {fix}", err=True)
        sys.exit(2)
    except EnvivoError as error:
        click.echo(error, err=True)
        sys.exit(error.exit_code)
    except PermissionError as error:
        click.echo(forbidden(error), err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as stop:
        with suppress(OSError):  # the terminal may be gone
            click.echo("interrupted: run the command again to finish", err=True)
            sys.stdout.flush()
        number = stopping.number_of(stop if isinstance(stop, KeyboardInterrupt) else stop.__cause__)
        # sys.exit would wait for threads that still wait for a host
        os._exit(128 + number)
