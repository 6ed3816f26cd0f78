"""The command that makes sense next, which each command names in its last line. An error names it in its fix."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from envivo.core.paths import PROJECT
from envivo.state import deployed
from envivo.verify.findings import Finding

_LITERAL = "ENV"
"""Stands for an environment where none was named, and the project has more than one."""


class Next(NamedTuple):
    """`{env}`, `{deploy}`, `{again}` (the same command) are filled in; empty: nothing is said."""

    good: str = ""
    bad: str = ""
    """With exit code 1."""
    to_do: str = ""
    """With exit code 3."""
    aside: bool = False
    """On standard error: standard output is for other programs."""


_DEPLOY = "envivo.deploy_first"
_AGAIN = "fix that, then {again}"
_AFTER_FAILURE = "envivo verify {env}, envivo logs {env} --since 10m"
NEXT = {
    "artifacts fetch": Next("envivo check {env}"),
    "artifacts list": Next("envivo artifacts fetch"),
    "backup": Next("test it: envivo restore {file} --identity KEY --list"),
    "camera diagnose": Next("envivo verify {env}", _AGAIN),
    "camera discover": Next(
        "add a camera and its path to group_data/{env}.py (docs/howto/add_ip_camera.md), then envivo check {env}",
        _AGAIN,
    ),
    "check": Next("envivo plan {env}", _AGAIN),
    "check --offline": Next("envivo check {env}"),
    "completion": Next(),  # the script says it
    "deploy": Next("envivo status {env}", _AFTER_FAILURE),
    "history": Next("envivo plan {env}"),
    "init": Next("{there}envivo check {env} --offline"),
    "lab down": Next("envivo lab up"),
    "lab status": Next("envivo status lab", "envivo lab up"),
    "lab up": Next("envivo deploy lab"),
    "lab viewers": Next("envivo lab status"),
    "logs": Next("envivo status {env}", "envivo check {env}", aside=True),
    "logs --follow": Next(),
    "maintenance": Next("envivo status {env}", _AGAIN),
    "plan": Next("envivo verify {env}", _AGAIN, "{deploy}"),
    "remove": Next(
        "delete the removed hosts from inventories/{env}.py, or the next deploy installs it on them again", _AGAIN
    ),
    "restart": Next("envivo verify {env}", _AFTER_FAILURE),
    "restore --hosts": Next("{deploy}"),
    "restore --into": Next(
        "cd into it, change addresses of new machines in the inventory, then envivo restore {backup} --hosts"
    ),
    "restore --list": Next("envivo restore {backup} --into DIR"),
    "rollback": Next("envivo status {env}", _AFTER_FAILURE),
    "secrets": Next("envivo check {env} --offline", _AGAIN),
    "secrets --new": Next(),
    "settings": Next("envivo check {env} --offline"),
    "settings --format": Next(),
    "start": Next("envivo verify {env}", _AFTER_FAILURE),
    "status": Next("envivo verify {env}", "envivo verify {env}"),
    "status --watch": Next(),
    "stop": Next("envivo start {arguments}", _AGAIN),
    "support-bundle": Next("read through it before you send it: tar -xzf {file}"),
    "urls": Next("envivo verify {env}"),
    "urls --authority": Next(),
    "verify": Next("envivo status {env} --watch", _AGAIN),
    "viewers": Next("envivo status {env}"),
}
"""Command, with an option that makes a difference -> what comes next."""


class Followed(click.Command):
    """A command whose last line is the next one; every command is one."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            value = super().invoke(ctx)
        except SystemExit as ended:
            _print(ctx, ended.code)
            raise
        _print(ctx, 0)
        return value


def deploy_first(findings: Iterable[Finding]) -> None:
    """A deploy comes next where a host has nothing of envivo, whatever else is found."""
    if any(finding.code == deployed.CODE for finding in findings):
        click.get_current_context().meta[_DEPLOY] = True


def _print(context: click.Context, code: object) -> None:
    after = _after(context)
    template = {0: after.good, 1: after.bad, 3: after.to_do}.get(code if isinstance(code, int) else 0, "")
    template = "{deploy}" if template and context.meta.get(_DEPLOY) else template
    if template and not context.params.get("as_json"):
        click.echo(f"next: {template.format_map(_words(context))}", err=after.aside)


def _after(context: click.Context) -> Next:
    """Of the first of the given options that makes a difference, else of the command."""
    name = _name(context)
    given = [parameter.opts[0] for parameter in context.command.params if context.params.get(parameter.name or "")]
    return next((NEXT[f"{name} {option}"] for option in given if f"{name} {option}" in NEXT), NEXT.get(name, Next()))


def _name(context: click.Context) -> str:
    return context.command_path.partition(" ")[2]


def _words(context: click.Context) -> dict[str, str]:
    params = context.params
    env = params.get("env") or _only_environment()
    more = [word for folder in params.get("group_data") or () for word in ("--group-data", str(folder))]
    values = [params[argument.name] for argument in _arguments(context.command) if argument.name]
    given = [*(str(value) for value in values if value), *more]
    there = str(params.get("directory", "."))
    return {
        "env": shlex.join([env, *more]),
        "arguments": shlex.join(given),
        "again": shlex.join(["envivo", *_name(context).split(), *given]),
        "deploy": shlex.join(["envivo", "deploy", env, *more]),
        "backup": shlex.join(_backup(params)),
        "file": shlex.quote(str(params.get("to", ""))),
        "there": "" if there == "." else f"cd {shlex.quote(there)} && ",
    }


def _backup(params: Mapping[str, Any]) -> list[str]:
    """The file that was restored from and the key, by paths that hold in any directory."""
    identity = params.get("identity")
    key = ["--identity", str(identity.absolute())] if isinstance(identity, Path) else []
    return [str(params["file"].absolute()), *key] if isinstance(params.get("file"), Path) else []


def _arguments(command: click.Command) -> Iterator[click.Argument]:
    return (parameter for parameter in command.params if isinstance(parameter, click.Argument))


def _only_environment() -> str:
    known = [file.stem for file in PROJECT.glob("inventories/*.py")]
    return known[0] if len(known) == 1 else _LITERAL
