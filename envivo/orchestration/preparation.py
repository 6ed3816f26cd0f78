"""What config.py does when pyinfra begins: what cannot be right ends here, before hosts are connected to.

An inventory without hosts, or a misspelt one, is among that: pyinfra itself would do nothing and report success
(docs/notes/pyinfra.md#no-hosts-no-error). So is one that does not fit its settings.
"""

import fnmatch
from pathlib import Path

import click
from pyinfra_cli.inventory import make_inventory

from envivo.core import resources
from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT
from envivo.operations import interruption
from envivo.orchestration.deployment import check


def prepare() -> None:
    """Raises EnvivoError, most with exit code 2; says which of the project's own files are deployed."""
    interruption.heed()
    asked = click.get_current_context().params

    if str(asked["inventory"]).endswith(".py") and not (PROJECT / asked["inventory"]).exists():
        known = ", ".join(sorted(str(file.relative_to(PROJECT)) for file in PROJECT.glob("inventories/*.py")))
        raise EnvivoError(asked["inventory"], "there is no such inventory", f"name one of {known}", exit_code=2)

    inventory = make_inventory(asked["inventory"], cwd=str(PROJECT), group_data_directories=asked["group_data"])
    if not inventory.hosts:
        raise EnvivoError(asked["inventory"], "has no hosts", "list at least one in the group media", exit_code=2)

    names = [*inventory.hosts, *inventory.groups]
    for pattern in asked["limit"] or ():
        if not fnmatch.filter(names, pattern):
            raise EnvivoError(f"--limit {pattern}", "matches no host", f"name one of {', '.join(names)}", exit_code=2)

    if str(asked["inventory"]).endswith(".py"):
        check(Path(asked["inventory"]).stem, inventory)
    if own := resources.replaced():
        click.echo(f"--> The project's own files in place of the toolkit's: {', '.join(own)}", err=True)
