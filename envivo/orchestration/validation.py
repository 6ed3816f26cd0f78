"""Validation of an environment: its settings, its inventory, and both together."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from envivo import inventory
from envivo.config.lazy import Placeholder
from envivo.config.values import any_host, is_address
from envivo.core.errors import EnvivoError, SettingsError
from envivo.core.names import nearest
from envivo.core.problems import Problem
from envivo.core.quoting import shown, shown_key
from envivo.inventory import LOCAL, Host, Inventory, over_ssh, wrong_group
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.hosts import settings_of, unfit_data
from envivo.orchestration.roles import roles
from envivo.ssh import keys
from envivo.ssh.route import route


def read(file: Path, group_data: Sequence[Path] = ()) -> Inventory:
    """A valid inventory. Raises EnvivoError (exit code 2) with the line that is wrong, or with all problems."""
    found = inventory.read(file, group_data)
    ensure_hosts(found)
    validate(found)
    return found


def ensure_hosts(inventory: Inventory) -> None:
    """Raises EnvivoError (exit code 2) for an inventory without hosts."""
    if not inventory.hosts:
        raise EnvivoError(inventory.place, "has no hosts", "list at least one in the group media", exit_code=2)


def validate(inventory: Inventory) -> None:
    """Raises SettingsError with all problems of the settings, of the inventory, and of both together."""
    env, found = inventory.env, list[Problem]()
    settings: Environment | None = None
    for host in inventory.hosts:
        try:
            settings = settings_of(inventory, host)
        except SettingsError as error:
            found += error.problems
    hosts = {host.name: host.data for host in inventory.hosts}
    found += placeholder_problems(env, hosts, found)
    found += unfit_data(inventory)
    misspelt = list(misspelt_groups(inventory))
    found += misspelt
    if settings is not None and not misspelt:  # all else about groups would follow from that
        found += placement.problems(env, settings, inventory.groups)
    if settings is not None:
        found += ssh_only_addresses(settings, inventory)
    found += invalid_destinations(env, hosts)
    found += invalid_keys(env, hosts)
    found += duplicate_hosts(env, hosts)
    if found:
        raise SettingsError(list(dict.fromkeys(found)))


def misspelt_groups(inventory: Inventory) -> Iterator[Problem]:
    """Names of the inventory that were probably meant to be the group of a role. Other groups are the user's own."""
    of_roles = {role.group for role in roles() if role.group}
    if inventory.env in of_roles:
        what = f"an environment must not have the name of a group ({inventory.env}): it would get the group's settings"
        yield Problem("", what, "rename it, and its file in group_data", inventory.place)
    for name, value in inventory.ignored.items():
        if name in of_roles:
            yield Problem(name, wrong_group(value) or "must be a list of hosts", file=inventory.place)
    for name in inventory.groups:
        near = nearest(name, of_roles) if name not in {*of_roles, inventory.env, "all"} else None
        if near and near not in inventory.groups:
            yield Problem(name, "is not a group of envivo", f"did you mean {near}?", inventory.place)


def duplicate_hosts(env: str, hosts: Mapping[str, Any]) -> Iterator[Problem]:
    """Machines with two names. Each host removes what its own groups do not need: two names would undo each other."""
    seen: dict[tuple[str, str], str] = {}
    for name, data in hosts.items():
        address = name if not over_ssh(name) else data.get("ssh_hostname") or name
        place = str(address).lower(), str(data.get("ssh_port") or 22)
        if (other := seen.setdefault(place, name)) != name:
            fix = "use the same name in every group"
            yield Problem(name, f"is the same machine as {other}", fix, f"inventories/{env}.py")


def invalid_destinations(env: str, hosts: Mapping[str, Any]) -> Iterator[Problem]:
    """SSH destinations that are not valid. Cameras and viewers may get them as the media host's address."""
    for name, data in hosts.items():
        file, place = f"inventories/{env}.py", shown_key(name)
        given = data.get("ssh_hostname") or name
        if not (isinstance(given, Placeholder) or not over_ssh(name)):
            try:
                any_host(str(given).partition("%")[0])  # an interface's name may follow a link-local address
            except ValueError as error:
                where = f"{place}: ssh_hostname" if data.get("ssh_hostname") else place
                yield Problem(where, str(error), _as_keys(str(given)), file)
        port = data.get("ssh_port")
        if not (port is None or (re.fullmatch(r"[1-9][0-9]{0,4}", str(port)) and int(port) <= 65535)):
            wrong = f"must be a port number from 1 to 65535, is {shown(port)}"
            yield Problem(f"{place}: ssh_port", wrong, file=file)


_WITH_USER_OR_PORT = re.compile(
    r"(?:ssh://)?(?:([A-Za-z0-9_.-]{1,64})@)?(\[[0-9A-Fa-f:.]{1,64}\]|[A-Za-z0-9_.-]{1,253})(?::([0-9]{1,5}))?"
)


def _as_keys(destination: str) -> str:
    """How the inventory has what people write as `pi@192.0.2.5:2222`; empty where it is not that."""
    parts = _WITH_USER_OR_PORT.fullmatch(destination)
    user, host, port = parts.groups() if parts else ("", "", "")
    if not (user or port):
        return ""
    given = {"ssh_hostname": host.strip("[]"), "ssh_user": user, "ssh_port": int(port) if port else None}
    return "give " + ", ".join(f'"{key}": {json.dumps(value)}' for key, value in given.items() if value)


def invalid_keys(env: str, hosts: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys that say how SSH reaches a host, and cannot be followed by every command."""
    for name, data in hosts.items():
        for problem in keys.problems(data) if over_ssh(name) or name == LOCAL else ():
            yield replace(problem, place=f"{shown_key(name)}: {problem.place}", file=f"inventories/{env}.py")


def ssh_only_addresses(settings: Environment, inventory: Inventory) -> Iterator[Problem]:
    """Addresses that only SSH reaches. Without a domain, cameras and viewers get the address that SSH uses, unless the
    settings name another: so it must be one that they can use."""
    for media in inventory.hosts:
        if "media" in media.groups and not settings.encrypted and over_ssh(media.name):
            yield from _ssh_only(settings, inventory, media)


def _ssh_only(settings: Environment, inventory: Inventory, media: Host) -> Iterator[Problem]:
    apart = any("cameras" in host.groups and host is not media for host in inventory.hosts)
    lacking = ["media_address"] if apart and not settings.media_address else []
    lacking += [] if settings.public_address else ["public_address"]
    way = route(media.name, media.data) if lacking else None
    if way is None:
        return
    who = {"media_address": "cameras", "public_address": "viewers"}[lacking[0]]
    fix = ""
    if way.jump:
        why = f"you reach {media.name} through {shown(way.jump)}, which {who} cannot use"
    elif _is_loopback(way.host):
        why = f"you reach {media.name} at {way.host}, which is another computer for {who}"
    elif way.host != media.address.lower() and not is_address(media.address):
        why = f"{media.name} is a name of your SSH configuration, which {who} cannot resolve"
        fix = f"set the address at which they reach it, such as {way.host}"
    else:
        return
    yield Problem(lacking[0], f"is required: {why}", fix, f"group_data/{inventory.env}.py")


def placeholder_problems(env: str, hosts: Mapping[str, Any], found: Sequence[Problem]) -> list[Problem]:
    """Placeholders of the inventory that are not filled in, except those that `found`, of the settings, names."""
    values = [data.get(key) for data in hosts.values() for key in keys.KEYS]
    known = {problem.of("") for problem in found}
    lacking = [value.problem for value in values if isinstance(value, Placeholder)]
    return [problem.of(f"inventories/{env}.py") for problem in lacking if problem not in known]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
