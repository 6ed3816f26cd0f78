"""`envivo init [DIR]`: a new project."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from envivo.cli.following import Followed
from envivo.config.values import any_host
from envivo.scaffold.kinds import KINDS, Kind, Project, environment_name, files, user_name
from envivo.scaffold.writing import write

Rule = Callable[[str], str]


def _checked(rule: Rule, text: str) -> str:
    try:
        return rule(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _ask(text: str, rule: Rule, default: str = "") -> str:
    """The user's answer, asked again while it is invalid; empty where it is left open and has no default."""
    if not sys.stdin.isatty():
        return default
    answer: str = click.prompt(
        text,
        default=default,
        show_default=bool(default),
        value_proc=lambda said: said and _checked(rule, said),
        err=True,
    )
    return answer


@click.command(cls=Followed, short_help="Create a project.")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    help="\b\n" + "\n".join(f"{name:9} {kind.title}" for name, kind in KINDS.items()),
)
@click.option("--name", help="Name of the environment and of its two files.")
@click.option("--host", help="Address of the media host.")
@click.option("--domain", help="Domain name of the page (internet, internet3).")
@click.option("--turn-host", help="Address of the turn host, which runs the TURN server coturn (internet3).")
@click.option("--turn-domain", help="Domain name of the turn host (internet3).")
@click.option("--email", help="Contact e-mail for the certificate authority (internet, internet3).")
@click.option(
    "--camera-host",
    multiple=True,
    help="Address of a camera host; repeatable. Without it, the cameras are on the media host.",
)
@click.option("--user", help="SSH user: root, or a user who may sudo without a password.")
def command(
    directory: Path, kind: str | None, name: str | None, camera_host: tuple[str, ...], user: str | None,
    **options: str | None,
) -> None:  # fmt: skip
    """Create a project in DIR: inventory, settings, deploy.py.

    In a terminal, prompts for missing values. A value that you leave empty becomes a fill_in(...) placeholder. Never
    overwrites a file.
    """
    if not (kind or sys.stdin.isatty()):
        raise click.UsageError(f"name a --kind: {', '.join(KINDS)}")
    for chosen, about in () if kind else KINDS.items():
        click.echo(f"{chosen:10} {about.title}", err=True)
    kind = kind or click.prompt("Kind", type=click.Choice(list(KINDS)), default="lan", err=True)
    about = KINDS[kind]
    project = Project(
        kind,
        _checked(environment_name, name) if name else _ask("Name of the environment", environment_name, about.env),
        _answers(kind, about, {option: text for option, text in options.items() if text}),
        _cameras(kind, about, camera_host),
        _checked(user_name, user) if user else _ask("User for SSH", user_name, "root"),
    )
    made = files(project)
    write(directory, made)
    click.echo(f"{directory}: created; {directory / 'README.md'} describes the next steps")
    for file in (file for file, text in made.items() if "= fill_in(" in text or ": fill_in(" in text):
        click.echo(f"{directory / file}: replace each fill_in(...)")
    click.get_current_context().params["env"] = project.env


def _answers(kind: str, about: Kind, given: dict[str, str]) -> dict[str, str]:
    """Answers to the kind's questions, without those that are left open."""
    for option in given.keys() - about.answers.keys():
        raise click.UsageError(f"--{option.replace('_', '-')}: does not apply to --kind {kind}: remove it")
    said = {
        option: _checked(answer.rule, given[option])
        if option in given
        else _ask(f"{answer.asks}, such as {answer.example} (empty: decide later)", answer.rule)
        for option, answer in about.answers.items()
    }
    return {option: text for option, text in said.items() if text}


def _cameras(kind: str, about: Kind, given: tuple[str, ...]) -> tuple[str, ...]:
    def all_of(text: str) -> str:
        return " ".join(any_host(address) for address in text.split())

    text = " ".join(given) or _ask("Camera hosts, separated by spaces (empty: none, or decide later)", all_of)
    addresses = tuple(_checked(all_of, text).split())
    if about.internet and len(addresses) > 1:
        raise click.UsageError(f"--camera-host: --kind {kind} takes one camera host: add others to the files")
    return addresses
