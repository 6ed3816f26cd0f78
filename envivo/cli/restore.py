"""`envivo restore FILE`: restore a backup."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from envivo.cli.progress import teller
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.core.errors import EnvivoError
from envivo.core.sizes import size
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.orchestration.backups.archive import Contents


@click.command("restore", cls=Reporting, short_help="Restore a backup.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--identity", metavar="KEY", type=click.Path(path_type=Path),
    help="File with the private key of age that decrypts the backup; default: SOPS_AGE_KEY_FILE, or"
    " ~/.config/sops/age/keys.txt.",
)  # fmt: skip
@click.option("--into", metavar="DIR", type=click.Path(path_type=Path), help="Restore the project into this directory.")
@click.option("--hosts", is_flag=True, help="Restore the data of hosts onto the hosts of this project.")
@click.option("--list", "only_list", is_flag=True, help="Restore nothing: read the whole file, and list its contents.")
@json_option
@group_data_option
def command(
    file: Path, identity: Path | None, into: Path | None, hosts: bool, only_list: bool, as_json: bool,
    group_data: tuple[Path, ...],
) -> None:  # fmt: skip
    """Restore a backup. First restore the project into a directory (--into DIR). Change to that directory, and restore
    the data of the hosts (--hosts). Then deploy.

    Reads the whole file before it changes anything. If the command is interrupted, run it again: it restores what is
    missing.
    """
    if (into is not None) + hosts + only_list != 1:
        raise EnvivoError("restore", "needs one of --into DIR, --hosts, --list", "try --list first", exit_code=2)
    progress = Console(stderr=True, highlight=False)
    with progress.status(f"reading {file}") as status:
        from envivo.orchestration.backups import archive, restoring  # slow to load

        tell = teller(status, progress.width)
        keys = restoring.identities(identity)
        total = 0

        def count(more: int) -> None:
            nonlocal total
            total += more
            tell(f"reading {file}", total)

        contents = archive.verified(file, keys, count)
        env = str(contents.head.get("env", ""))
        if into is not None:
            number = restoring.restore_project(file, keys, contents, into)
            rest = len(contents.project) - number
            done = [f"{into}: {number} files restored" + (f", {rest} already exist" if rest else "")]
            if not number:
                done = [f"{into}: nothing to restore: all {rest} files already exist"]
        elif hosts and not contents.streams:
            done = ["nothing to restore: the backup holds no data of hosts"]
        elif hosts:
            done = _to_hosts(file, keys, contents, env, group_data, tell)
        else:
            done = [f"the project: {len(contents.project)} files"]
            done += [f"{host}: {name}" for host, name in contents.streams]
    if as_json:
        own = {"backup": dict(contents.head), "restored": done}
        click.echo(json.dumps(report(env, {}, (), **own)))
        return
    made = f"{env}, made {contents.head.get('made')} by envivo {contents.head.get('envivo')}"
    click.echo(f"{file}: whole, {size(total)}: {made}")
    for line in done:
        click.echo(f"  {line}")


def _to_hosts(
    file: Path, keys: list[Any], contents: "Contents", env: str, group_data: tuple[Path, ...],
    tell: Callable[[str, int], None],
) -> list[str]:  # fmt: skip
    from envivo import inventory
    from envivo.orchestration import validation
    from envivo.orchestration.backups import restoring
    from envivo.remote import remote_shells

    read = validation.read(inventory.named(env), group_data)
    where = restoring.places_of(contents, read)
    with remote_shells(read.hosts) as shells:
        return restoring.restore_hosts(file, keys, where, shells, tell)
