"""`envivo settings [PATH]`: the settings that group data may have."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import click
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from envivo.cli.reference_files import json_schema, markdown
from envivo.cli.reporting import Reporting, json_option
from envivo.config.models import located, model_at
from envivo.config.reference import Setting, parts, settings
from envivo.core.errors import EnvivoError
from envivo.core.names import nearest
from envivo.orchestration.environment import Environment

FILES: dict[str, Callable[[type[Environment]], str]] = {"markdown": markdown, "json-schema": json_schema}


@click.command("settings", cls=Reporting, short_help="List settings, or describe some in detail.")
@click.argument("path", required=False, default="")
@json_option
@click.option("--format", "form", type=click.Choice(list(FILES)), help="Print the whole reference in this format.")
def command(path: str, as_json: bool, form: str | None) -> None:
    """List all settings, or describe some in detail. PATH is a setting or a group of settings, such as mediamtx.hls."""
    if form and (path or as_json):
        raise click.UsageError("--format prints the whole reference: remove the path and --json")
    if form:
        click.echo(FILES[form](Environment), nl=False)
        return
    found = at(path)
    if as_json:
        click.echo(json.dumps({"settings": [asdict(setting) for setting in found]}))
        return
    console = Console(highlight=False)
    console.width = console.width if console.is_terminal else 1000  # a pipe has lines of any length
    if path:
        for line in in_full(found):
            console.print(line)
    else:
        console.print(in_short(found))


def at(path: str) -> Sequence[Setting]:
    """The setting and those within it. Raises EnvivoError (exit code 2) where there is none."""
    everything = list(settings(Environment))
    if not path:
        return everything
    place = located(Environment, path)
    if place is None:
        known = probable(path, everything)
        fix = f"did you mean {known}?" if known else "`envivo settings` lists all"
        raise EnvivoError(path, "is not a setting", fix, exit_code=2)
    name, model = path.rpartition(".")[2], model_at(Environment, path.split("."))
    if place.rpartition(".")[2] != name and model and name in model.model_fields:
        # `cameras.width`: hardly a camera of that name
        raise EnvivoError(path, "is not a setting", f"did you mean {place}.{name}?", exit_code=2)
    return [setting for setting in everything if f"{setting.path}.".startswith(f"{place}.")]


def probable(path: str, everything: Sequence[Setting]) -> str | None:
    """Another name in the same part, else the same or a like name in any part."""
    place, _, name = path.rpartition(".")
    model = model_at(Environment, place.split(".") if place else ())
    if near := nearest(name, model.model_fields if model else ()):
        return f"{place}.{near}" if place else near
    names: dict[str, str] = {}
    for setting in everything:
        names.setdefault(setting.path.rpartition(".")[2], setting.path)
    return names.get(nearest(name, names) or "")


def in_short(found: Sequence[Setting]) -> Table:
    whole = {place for part in parts(Environment) for place in part.places}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in ("setting", "type", "default"):
        table.add_column(column, overflow="fold")
    for setting in found:
        if setting.path not in whole:
            table.add_row(Text(setting.path), Text(setting.type), Text(_default(setting), "dim"))
    return table


def in_full(found: Sequence[Setting]) -> Iterator[Text | Padding]:
    for setting in found:
        yield Text(setting.path, "bold")
        default = f"default {setting.default}" if setting.default else _default(setting)
        yield _indented(", ".join(filter(None, [setting.type, default])))
        yield _indented(setting.sentence)
        if setting.interrupts:
            yield _indented(f"A change interrupts {setting.interrupts.words}.")


def _default(setting: Setting) -> str:
    return "required" if setting.required else setting.default or ""


def _indented(line: str) -> Padding:
    return Padding(Text(line), (0, 0, 0, 4), expand=False)
