"""`envivo backup ENV`: one encrypted file with everything that a deploy cannot create again."""

import json
from pathlib import Path

import click
from rich.console import Console

from envivo import inventory
from envivo.cli.progress import teller
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.core.sizes import size
from envivo.remote import remote_shells
from envivo.verify.findings import report


@click.command("backup", cls=Reporting, short_help="Save project and data in one encrypted file.")
@click.argument("env")
@click.option("--to", required=True, metavar="FILE", type=click.Path(path_type=Path), help="File to write.")
@click.option(
    "--key", "keys", required=True, multiple=True, metavar="KEY",
    help="Public key of age (age1...) to encrypt the file for, or a file with one such key per line; repeatable.",
)  # fmt: skip
@click.option("--recordings", is_flag=True, help="Also save recordings, which may be large.")
@json_option
@group_data_option
def command(
    env: str, to: Path, keys: tuple[str, ...], recordings: bool, as_json: bool, group_data: tuple[Path, ...]
) -> None:
    """Save the project, its secrets, and the hosts' certificates into one file, encrypted with age
    (https://age-encryption.org), a tool that encrypts files.

    If the command fails, it leaves no file. `envivo restore` restores the backup.
    """
    place = inventory.named(env)
    progress = Console(stderr=True, highlight=False)
    with progress.status(f"reading {env}") as status:
        from envivo.orchestration import validation  # slow to load
        from envivo.orchestration.backups import saving

        recipients = saving.recipients(keys)
        read = validation.read(place, group_data)
        tell = teller(status, progress.width)
        with remote_shells(read.hosts) as shells:
            wanted = saving.items(read, recordings)
            sizes = saving.save(read, shells, wanted, to, recipients, lambda part, total: tell(f"saving {part}", total))
    if as_json:
        own = {"file": str(to), "bytes": to.stat().st_size, "parts": sizes}
        click.echo(json.dumps(report(env, read.described, (), **own)))
        return
    for part, number in sizes.items():
        click.echo(f"{part}: {size(number)}")
    click.echo(f"{to}: {size(to.stat().st_size)}, encrypted; store it on another machine, and its key elsewhere")
