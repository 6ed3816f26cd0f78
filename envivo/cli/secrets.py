"""`envivo secrets ENV`: which secrets an environment wants, and where each comes from."""

import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import click
import yaml

from envivo import inventory
from envivo.cli.reporting import Reporting, json_option
from envivo.core.errors import EnvivoError
from envivo.core.names import ensure_known
from envivo.core.paths import PROJECT
from envivo.secrets import SecretReference, encrypted, find, missing, store, variable
from envivo.secrets.reference import DEVICES, PEOPLE, within
from envivo.verify.findings import Finding, report

_HOST = "controller"


class UnresolvedSettings(Protocol):
    """The settings of group_data/ENV.py, before its secrets are looked up."""

    data: Mapping[str, Any]
    generates: bool


@dataclass(frozen=True)
class SecretRow:
    """One secret: where it comes from (`variable`, `file`, `generated`, `missing`), and what is wrong with it."""

    name: str
    source: str
    place: str
    finding: Finding | None = None


@click.command(cls=Reporting, short_help="List secrets and their sources.")
@click.argument("env")
@click.argument("secret", required=False)
@click.option(
    "--new",
    is_flag=True,
    help="Print new values for missing secrets as YAML, only into a pipe: envivo secrets ENV --new | age -r KEY > FILE",
)
@json_option
def command(env: str, secret: str | None, new: bool, as_json: bool) -> None:
    """List an environment's secrets and their sources; with SECRET, only that one. Exit code 1 if a secret is missing
    or weak."""
    if new and as_json:
        raise click.UsageError("--new prints YAML: remove --json")
    if new and secret:
        raise click.UsageError(f"--new prints all missing secrets: remove {secret}")
    if new:
        _into_a_pipe(env)
        _print_new(env, drafted(env))
        return
    settings = drafted(env)
    of_machines, devices = set(within(settings.data, without=PEOPLE)), of_devices(settings)
    asked = wanted(settings, secret)
    found = (
        row_of(env, reference, settings.generates, reference in of_machines, reference in devices)
        for reference in asked
    )
    rows = [row for row in found if row]
    findings = [row.finding for row in rows if row.finding]
    if as_json:
        secrets = [{"name": row.name, "source": row.source, "place": row.place} for row in rows]
        click.echo(json.dumps(report(env, {}, findings, secrets=secrets)))
    else:
        for row in rows:
            click.echo(": ".join(part for part in (row.name, row.source, row.place) if part))
        for finding in findings:
            click.echo(finding)
    sys.exit(1 if findings else 0)


def drafted(env: str) -> UnresolvedSettings:
    """What the environment's group data says. Raises EnvivoError (exit code 2)."""
    inventory.named(env)
    file = PROJECT / "group_data" / f"{env}.py"
    settings = inventory.execute(file).get("settings") if file.exists() else None
    if not (hasattr(settings, "data") and hasattr(settings, "generates")):
        what = "has no settings" if settings is None else "settings: must be environment(...)"
        raise EnvivoError(f"group_data/{env}.py", what, "add settings = environment(...)", exit_code=2)
    return cast("UnresolvedSettings", settings)


def wanted(settings: UnresolvedSettings, name: str | None = None) -> list[SecretReference]:
    """Each secret once, or that of this name, in the order of the settings. Raises EnvivoError (exit code 2)."""
    found = list(dict.fromkeys(within(settings.data)))
    if name:
        known = [secret.name for secret in found]
        ensure_known(name, "the settings have no such secret", known, "the settings use no secrets")
    return [secret for secret in found if name in (None, secret.name)]


def of_devices(settings: UnresolvedSettings) -> set[SecretReference]:
    """Passwords that devices have: never generated."""
    return set(within(settings.data.get(DEVICES)))


def row_of(
    env: str, secret: SecretReference, generates: bool, of_machine: bool, of_device: bool = False
) -> SecretRow | None:
    """None for an optional secret that is not set. `of_machine`: not the password of a person; `of_device`: one that a
    device has.
    """
    generates = generates and not of_device
    if found := find(env, secret):
        wrong = None if of_device else _refused(secret.name, found.place, found.value, of_machine)
        return SecretRow(secret.name, found.source, found.place, wrong)
    if secret.optional and not (generates and secret.name in store.read(env)):
        return None
    if generates:
        value = store.read(env).get(secret.name) or store.fresh()  # the first deploy makes it
        return SecretRow(
            secret.name, "generated", store.place(env), _refused(secret.name, store.place(env), value, of_machine)
        )
    return SecretRow(
        secret.name,
        "missing",
        "",
        Finding(_HOST, "secret-missing", f"{secret.name} is missing", missing(env, secret).fix),
    )


def _refused(name: str, place: str, value: str, of_machine: bool) -> Finding | None:
    """The finding for a secret that the settings would refuse."""
    from pydantic import TypeAdapter, ValidationError  # slow to load, as is the next one

    from envivo.config.types import Password, Secret, problem

    kind: Any = Secret if of_machine else Password
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        wrong = problem(error.errors(include_url=False)[0]).message
        return Finding(_HOST, "secret-refused", f"{name} {wrong}", f"change it in {place}")
    return None


def _into_a_pipe(env: str) -> None:
    """Raises EnvivoError (exit code 2) where printed secrets would be seen, or stored unencrypted."""
    if sys.stdout.isatty():
        where = "a terminal"
    elif stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode):
        where = "a file"
    else:
        return
    pipe = f"envivo secrets {env} --new | age -r age1... > {encrypted.place(encrypted.candidates(env)[-1])}"
    raise EnvivoError("--new", f"would print secrets to {where}", f"encrypt them: {pipe}", exit_code=2)


def _print_new(env: str, settings: UnresolvedSettings) -> None:
    file = encrypted.file_of(env)
    # the shell has already emptied the file of `... > FILE`, and age has begun to write it
    begun = file is not None and encrypted.unfinished(file)
    devices = of_devices(settings)
    fresh = {
        secret.name: store.fresh()
        for secret in wanted(settings)
        if not (settings.generates or secret.optional or secret in devices)
        and variable(env, secret) not in os.environ
        and (begun or not find(env, secret))
    }
    if fresh:
        click.echo(yaml.safe_dump(fresh, default_style='"', sort_keys=False), nl=False)
    else:
        click.echo(f"{env}: no secret is missing", err=True)
