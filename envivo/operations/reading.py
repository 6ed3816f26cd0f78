"""How pyinfra's own command reads the project: group data of an inventory's own groups, and errors in plain words."""

from pathlib import Path
from typing import Any

import click
from pyinfra.context import ctx_inventory

from envivo import inventory
from envivo.core.errors import EnvivoError


def install() -> None:
    """For this process, which must be pyinfra's command or like it, before pyinfra reads its inventory."""
    import pyinfra_cli.exceptions  # here: importing it makes this process's threads gevent's
    import pyinfra_cli.inventory

    pyinfra_cli.inventory._get_group_data = _group_data
    show = pyinfra_cli.exceptions.WrappedError.show

    def show_plainly(self: Any, file: Any = None) -> None:
        # pyinfra begins with the line of the toolkit that found it out
        if isinstance(self.exception, EnvivoError):
            click.echo(str(self.exception), err=True)
        else:
            show(self, file)

    pyinfra_cli.exceptions.WrappedError.show = show_plainly


def _group_data(folder: str) -> dict[str, dict[str, Any]]:
    """pyinfra executes the files of all groups, so that a mistake in one environment stops every other one."""
    return dict(inventory.group_data_of(ctx_inventory.get(), Path(folder)))
