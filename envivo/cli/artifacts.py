"""`envivo artifacts`: fill the cache, and show what is pinned and what is there."""

import json
import platform
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from envivo.artifacts import ARCHITECTURES, CACHE
from envivo.artifacts.cache import Cache, Receipt
from envivo.artifacts.lock import ARCHS, Arch, Item, architecture, load
from envivo.cli.following import Followed
from envivo.cli.reporting import json_option
from envivo.cli.suggesting import Suggesting
from envivo.core.errors import EnvivoError
from envivo.verify.findings import Finding, report


@click.group("artifacts", cls=Suggesting, short_help="Fetch and list MediaMTX, Caddy and hls.js.")
def command() -> None:
    """Fetch and list the pinned artifacts (MediaMTX, Caddy, hls.js)."""


@command.command("fetch", cls=Followed, short_help="Download missing artifacts into the cache.")
@click.option("--arch", type=click.Choice(ARCHS), help="Architecture of the hosts; default: this machine's.")
@click.option("--from", "mirror", metavar="DIR_OR_URL", help="Copy of another machine's cache, tried first.")
@json_option
def fetch(arch: Arch | None, mirror: str | None, as_json: bool) -> None:
    """Fill the cache with every artifact. Each comes from the first source in artifacts.lock.toml that has it:
    a registry, a release, or a build with Go."""
    from envivo.artifacts.fetching import fetch as fill

    cache = Cache(CACHE)
    items = list(load().items(arch or architecture(ARCHITECTURES.get(platform.machine(), platform.machine()))))
    if mirror:
        check_mirror(mirror)
    try:
        fetched = fill(items, cache, mirror)
    except EnvivoError as error:
        if as_json:
            finding = Finding("controller", "artifacts", f"{error.place}: {error.what}", error.fix)
            click.echo(json.dumps(report("", {}, [finding], cache=str(cache.root), artifacts=_rows(items, cache))))
        raise
    if as_json:
        fresh = {result.item.entry for result in fetched if result.fresh}
        rows = [{**row, "fetched": row["entry"] in fresh} for row in _rows(items, cache)]
        click.echo(json.dumps(report("", {}, [], cache=str(cache.root), artifacts=rows)))
    else:
        for result in fetched:
            click.echo(f"{result.item.label}: {result.receipt.origin}{'' if result.fresh else ' (was in the cache)'}")


@command.command("list", cls=Followed, short_help="List the artifacts and their checksums.")
@json_option
def show(as_json: bool) -> None:
    """List the pinned artifacts and those in the cache. Marks checksums that were copied from
    other publications and never compared with a download."""
    cache = Cache(CACHE)
    items = {item.entry: item for arch in ARCHS for item in load().items(arch)}
    rows = _rows(list(items.values()), cache)
    if as_json:
        click.echo(json.dumps(report("", {}, [], cache=str(cache.root), artifacts=rows)))
        return
    for row in rows:
        held = row["cached"]
        click.echo(f"{row['entry']}: {held['origin'] if held else 'not in the cache'}")
        for pin in row["pins"]:
            sure = (
                "checked against a download" if pin["checked"] else f"never checked against a download ({pin['note']})"
            )
            click.echo(f"    {pin['source']:8} {pin['pin']}  {sure}")


def check_mirror(place: str) -> None:
    """EnvivoError (exit code 2) unless the place is a directory or an http(s) URL without credentials in it."""
    if not place.startswith(("http://", "https://")):
        if not Path(place).is_dir():
            raise EnvivoError(
                f"--from {place}",
                "is not a directory",
                "give the directory of a copied cache, or its http(s) URL",
                exit_code=2,
            )
    elif "@" in urlsplit(place).netloc:
        host = urlsplit(place).hostname
        raise EnvivoError(f"--from (host {host})", "the URL contains credentials", "move them to ~/.netrc", exit_code=2)


def _rows(items: list[Item], cache: Cache) -> list[dict[str, Any]]:
    return [_row(item, cache.receipt(item), cache) for item in items]


def _row(item: Item, receipt: Receipt | None, cache: Cache) -> dict[str, Any]:
    pins = [
        {"source": pin.use, "pin": pin.value(item.arch), "checked": pin.checked, "note": pin.note}
        for pin in item.spec.sources
    ]
    cached = receipt and {"path": str(cache.path(item)), **receipt.model_dump()}
    return {"entry": item.entry, "name": item.name, "version": item.spec.version, "pins": pins, "cached": cached}
