"""Releases on the hosts of an environment, asked of all of them at once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from envivo.config.lazy import LazySettings
from envivo.core.errors import EnvivoError, SettingsError
from envivo.core.paths import PROJECT
from envivo.inventory import Inventory
from envivo.operations.lease import Lease
from envivo.orchestration.environment import Environment, validated
from envivo.orchestration.everywhere import everywhere
from envivo.orchestration.holding import run_held
from envivo.remote import RemoteShell
from envivo.state.release import DIRECTORY, VERIFIED, Kept, listed, listing

_RESTORE_WITHIN_S = 300


def kept(shell: RemoteShell) -> Kept:
    """Raises EnvivoError."""
    done = shell.run(listing())
    if done.code:
        why = done.err.strip() or "no answer within 20 s"
        raise EnvivoError(shell.link.name, f"its releases cannot be listed ({why})", "try again")
    try:
        return listed(done.out)
    except ValueError as error:
        fix = f"move {DIRECTORY} away on the host, then deploy again"
        raise EnvivoError(shell.link.name, f"its releases cannot be read ({error})", fix) from None


def put_back(shell: RemoteShell, mine: Lease, number: int) -> str:
    """What was done. Raises EnvivoError with the reason where the release is not in place afterwards."""
    return run_held(shell, mine, f"{DIRECTORY}/{number}/restore", _RESTORE_WITHIN_S)


def forget(shell: RemoteShell, mine: Lease, numbers: Iterable[int]) -> None:
    """Remove releases that did not hold. Raises EnvivoError."""
    run_held(shell, mine, f"cd {DIRECTORY} && rm -rf {' '.join(map(str, numbers))}", 20)


def mark_verified(shell: RemoteShell, mine: Lease) -> None:
    """Note that viewers have seen the current release work. Raises EnvivoError."""
    run_held(shell, mine, f"[ ! -d {DIRECTORY}/current/ ] || touch {DIRECTORY}/current/{VERIFIED}", 20)


def as_released(read: Inventory, shells: Mapping[str, RemoteShell], at: Mapping[str, int]) -> Inventory | None:
    """The inventory with the settings of releases that its hosts have. `at`: host -> number; hosts without one are left
    out. None where the media host has none, or its settings cannot be read or are not those of this version."""
    some = {name: shells[name] for name in at if name in shells}
    texts, _ = everywhere(some, lambda shell: _kept_settings(shell, at[shell.link.name]))
    media = next((host.name for host in read.hosts if "media" in host.groups), "")
    whole = texts.get(media)
    if whole is None:
        return None
    hosts = []
    for host in read.hosts:
        if (own := texts.get(host.name)) is not None:
            settings = _settings(read.env, {**whole, **own})
            try:
                settings.read()
            except SettingsError:
                return None
            hosts.append(replace(host, data={**host.data, "settings": settings}, own={}))
    return replace(read, hosts=tuple(hosts))


def _kept_settings(shell: RemoteShell, number: int) -> dict[str, Any] | None:
    """Of a release: all of them on the media host, those of the host itself on others."""
    done = shell.run(f"cat {DIRECTORY}/{number}/settings.json")
    try:
        found = json.loads(done.out) if done.code == 0 else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _settings(env: str, data: Mapping[str, Any]) -> LazySettings[Environment]:
    return LazySettings(PROJECT / f"group_data/{env}.py", lambda: data, False, validated)


class Summary(NamedTuple):
    """A release of an environment."""

    number: int
    at: str
    by: str
    version: str
    verified: bool
    """On all its hosts."""
    hosts: list[str]
    """That keep it."""
    current: list[str]
    """That have it now."""
    images: list[str]


def summed(kept: Mapping[str, Kept]) -> list[Summary]:
    """The releases of all hosts, newest first."""
    rows = []
    for number in sorted({number for host in kept.values() for number in host.releases}, reverse=True):
        having = {name: host.releases[number] for name, host in kept.items() if number in host.releases}
        first = min(having.values(), key=lambda release: release.at)
        rows.append(
            Summary(
                number, first.at, first.by, first.version, all(release.verified for release in having.values()),
                list(having), [name for name in having if kept[name].current == number],
                sorted({reference for release in having.values() for reference in release.images}),
            )
        )  # fmt: skip
    return rows
