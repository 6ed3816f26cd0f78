"""The hosts that deploys of an environment have changed: `.envivo/hosts/ENV.json`, how each is reached.

No secrets. A host stays there when it leaves the inventory, until envivo is removed from it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

from envivo.core.errors import EnvivoError
from envivo.core.files import replace
from envivo.core.paths import STATE
from envivo.inventory import LOCAL, Host, Inventory, over_ssh
from envivo.ssh import keys

KEPT = tuple(key for key in keys.KEYS if "password" not in key)


def file_of(env: str) -> Path:
    return STATE / "hosts" / f"{env}.json"


def place(env: str) -> str:
    return "/".join(file_of(env).parts[-3:])


class DeployedHost(NamedTuple):
    host: Host
    removed: bool = False
    """Whether envivo was removed from it, and only data are left that a purge would remove."""


def read(env: str) -> dict[str, DeployedHost]:
    """By name. Raises EnvivoError (exit code 2)."""
    file = file_of(env)
    if not file.exists():
        return {}
    try:
        return {name: _known(name, row) for name, row in json.loads(file.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError, TypeError, KeyError):
        fix = "restore it from a backup; without it, envivo no longer knows hosts that you took out of the inventory"
        raise EnvivoError(place(env), "is damaged: it is not a JSON object of hosts", fix, 2) from None


def _known(name: str, row: Any) -> DeployedHost:
    reached = {key: row["reached"][key] for key in KEPT if key in row["reached"]}
    return DeployedHost(Host(name, tuple(map(str, row["groups"])), reached), bool(row["removed"]))


def _row(known: DeployedHost) -> dict[str, Any]:
    host = known.host
    reached = {key: host.data[key] for key in KEPT if host.data.get(key) is not None}
    return {"groups": list(host.groups), "reached": reached, "removed": known.removed}


def remember(env: str, host: Host) -> None:
    """Called when a deploy has taken the host. Only hosts that `envivo remove` reaches are kept, and not those of the
    project's own lab, which come and go with `envivo lab`."""
    key = host.data.get("ssh_key")
    of_lab = bool(key) and keys.file_of(key).is_relative_to(STATE / "lab")
    if not of_lab and (host.name == LOCAL or over_ssh(host.name)):
        _write(env, {host.name: DeployedHost(host)})


def removed(env: str, hosts: Mapping[str, bool]) -> None:
    """Name of a host from which envivo was removed -> whether a purge would still find something."""
    known = read(env)
    _write(
        env,
        {name: DeployedHost(known[name].host, True) if more else None for name, more in hosts.items() if name in known},
    )


def _write(env: str, changed: Mapping[str, DeployedHost | None]) -> None:
    if not changed:
        return
    file = file_of(env)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock"), mode=0o600):
        known = read(env)
        new = {name: entry for name, entry in {**known, **changed}.items() if entry is not None}
        rows = {name: _row(entry) for name, entry in new.items()}
        if not file.exists() or rows != {name: _row(entry) for name, entry in known.items()}:
            replace(file, json.dumps(rows, indent=2))


def left_inventory(inventory: Inventory) -> list[DeployedHost]:
    """Hosts that are known, and are not in the inventory, under no other name either."""
    present = {name for host in inventory.hosts for name in (host.name, _machine(host))}
    return [entry for entry in read(inventory.env).values() if not {entry.host.name, _machine(entry.host)} & present]


def _machine(host: Host) -> str:
    return f"{host.address.lower()}:{host.data.get('ssh_port') or 22}"


def warnings(inventory: Inventory) -> list[str]:
    """A line for each host that left the inventory."""
    env = inventory.env
    return [
        f"{host.name}: is no longer in the inventory, but still has envivo: envivo remove {env} {host.name}, "
        f"or put it back into {inventory.place or f'inventories/{env}.py'}"
        for host, was_removed in left_inventory(inventory)
        if not was_removed
    ]
