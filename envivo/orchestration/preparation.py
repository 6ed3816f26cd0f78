"""Validation when pyinfra starts (config.py), before it connects to hosts.

An inventory that is missing or has no hosts is an error here: pyinfra itself would do nothing and report success
(docs/notes/pyinfra.md#no-hosts-no-error).
"""

import fnmatch
from pathlib import Path

import click
from pyinfra_cli.inventory import make_inventory

from envivo import inventory
from envivo.core import resources
from envivo.core.errors import EnvivoError, forbidden
from envivo.core.names import unknown
from envivo.core.paths import PROJECT
from envivo.operations import interruption, openssh, reading
from envivo.orchestration import ending
from envivo.orchestration.deploying import handover
from envivo.orchestration.validation import ensure_hosts, validate


def prepare() -> None:
    """Raises EnvivoError, mostly with exit code 2; prints which files of the project replace the toolkit's."""
    try:
        _prepare()
    except PermissionError as error:
        raise forbidden(error) from None


def _prepare() -> None:
    interruption.heed()
    by_command = handover.receive()
    openssh.install()
    reading.install()
    asked = click.get_current_context().params
    if (here := Path.cwd().resolve()) != PROJECT:
        raise EnvivoError("ENVIVO_PROJECT", f"is {PROJECT}, but you are in {here}", f"cd {PROJECT}", exit_code=2)

    given = str(asked["inventory"])
    file = PROJECT / given if given.endswith(".py") else None
    if file:
        found = inventory.read(file, [Path(folder) for folder in asked["group_data"]])
    else:
        found = inventory.of("", make_inventory(given, cwd=str(PROJECT)), given)
    ensure_hosts(found)

    names = [*(host.name for host in found.hosts), *found.groups]
    for pattern in asked["limit"] or ():
        if not fnmatch.filter(names, pattern):
            raise unknown(pattern, "matches no host", names, place=f"--limit {pattern}")

    if file:
        validate(found)
        if not by_command:  # which says itself what to run next
            ending.name_commands(file.stem, [str(folder) for folder in asked["group_data"]])
    if own := resources.replaced():
        click.echo(f"--> The project's own files in place of the toolkit's: {', '.join(own)}", err=True)
