"""What deploy.py works with on one host: pyinfra's host and inventory turned into plain, checked values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra import inventory
from pyinfra.api import Host, Inventory
from pyinfra.facts.server import Arch

from envivo.artifacts import ARCHITECTURES, Artifacts, ensure
from envivo.config.lazy import Draft, Unfilled
from envivo.config.values import any_host
from envivo.core.errors import EnvivoError, SettingsError
from envivo.core.problems import Problem
from envivo.core.quoting import shown, shown_key
from envivo.operations.connection import watched
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.roles.base.settings import Needs
from envivo.roles.camera.desired import LOOPBACK
from envivo.roles.camera.settings import Camera
from envivo.roles.certificates.desired import Certificates
from envivo.state.desired import Removable

GROUPS = ("media", "turn", "cameras")
"""Those of an inventory that are a role's reason to run."""


@dataclass(frozen=True)
class Deployment:
    settings: Environment
    artifacts: Artifacts | None
    """On a media host."""
    needs: Needs
    certificates: Certificates | None
    """On a host that serves TLS."""
    unwanted: Sequence[Removable]
    cameras: Mapping[str, Camera]
    """Those that are plugged into this host."""
    media_address: str
    """Where this host reaches the media host."""
    servers: Sequence[str]
    """Hosts without which this one must stay as it is: a camera's media host."""


def check(env: str, inventory: Inventory) -> None:
    """Whether the environment's inventory and settings fit together. Raises SettingsError with all problems."""
    found: list[Problem] = []
    settings: Environment | None = None
    for host in inventory.hosts.values():
        draft = host.data.get("settings")
        if not isinstance(draft, Draft):
            missing = Problem("settings", "is required, settings = environment(...)", file=f"group_data/{env}.py")
            raise SettingsError([missing])
        try:
            settings = draft.read()
        except SettingsError as error:
            found += error.problems
    found += unfilled(env, {host.name: host.data for host in inventory.hosts.values()}, found)
    if settings is not None:
        found += placement.problems(env, settings, _groups(inventory))
    found += unreachable(env, {host.name: host.data for host in inventory.hosts.values()})
    found += one_machine_twice(env, {host.name: host.data for host in inventory.hosts.values()})
    if found:
        raise SettingsError(list(dict.fromkeys(found)))


def one_machine_twice(env: str, hosts: Mapping[str, Any]) -> Iterator[Problem]:
    """Each host removes what its own groups do not want: two names of one machine would undo each other."""
    seen: dict[tuple[str, str], str] = {}
    for name, data in hosts.items():
        address = name if name.startswith("@") else data.get("ssh_hostname") or name
        place = str(address), str(data.get("ssh_port") or 22)
        if (other := seen.setdefault(place, name)) != name:
            fix = "give it one name, in all its groups"
            yield Problem(name, f"is the machine of {other}", fix, f"inventories/{env}.py")


def unreachable(env: str, hosts: Mapping[str, Any]) -> Iterator[Problem]:
    """Destinations of SSH that are none; cameras and viewers may be given them as the media host's address."""
    for name, data in hosts.items():
        file, place = f"inventories/{env}.py", shown_key(name)
        given = data.get("ssh_hostname") or name
        if not (isinstance(given, Unfilled) or name.startswith("@")):
            try:
                any_host(str(given).partition("%")[0])  # an interface's name may follow a link-local address
            except ValueError as error:
                yield Problem(f"{place}: ssh_hostname" if data.get("ssh_hostname") else place, str(error), file=file)
        port = data.get("ssh_port")
        if not (port is None or (re.fullmatch(r"[1-9][0-9]{0,4}", str(port)) and int(port) <= 65535)):
            wrong = f"must be a port number from 1 to 65535, is {shown(port)}"
            yield Problem(f"{place}: ssh_port", wrong, file=file)


def unfilled(env: str, hosts: Mapping[str, Any], found: Sequence[Problem]) -> list[Problem]:
    """Of the inventory: what only the user knows, and has not said; `found`: what the settings say of it already."""
    keys = ("ssh_hostname", "ssh_user", "ssh_key")
    values = [data.get(key) for data in hosts.values() for key in keys]
    known = {problem.of("") for problem in found}
    lacking = [value.problem for value in values if isinstance(value, Unfilled)]
    return [problem.of(f"inventories/{env}.py") for problem in lacking if problem not in known]


def deployment(host: Host) -> Deployment:
    """Fetches what the host will need and is not in the cache. Raises EnvivoError, before any host is changed."""
    watched(host)
    settings: Environment = host.data.settings.read()
    groups = _groups(inventory)
    roles = [name for name in host.groups if name in GROUPS]
    artifacts = ensure(_architecture(host)) if "media" in roles else None
    media = inventory.get_host(groups["media"][0])
    address = settings.web.domain or settings.media_address or media.data.get("ssh_hostname") or media.name
    return Deployment(
        settings=settings,
        artifacts=artifacts,
        needs=placement.needs(settings, roles, artifacts),
        certificates=placement.certificates(settings, roles),
        unwanted=placement.unwanted(settings, roles),
        cameras=placement.cameras_on(settings, host.name, groups) if "cameras" in roles else {},
        media_address=LOOPBACK if media.name == host.name else address,
        servers=groups["media"] if "cameras" in roles else [],
    )


def _groups(inventory: Inventory) -> dict[str, list[str]]:
    return {str(name): [host.name for host in hosts] for name, hosts in inventory.groups.items()}


def _architecture(host: Host) -> str:
    machine = host.get_fact(Arch)
    try:
        return ARCHITECTURES[machine]
    except KeyError:
        known = " or ".join(ARCHITECTURES)
        raise EnvivoError(host.name, f"the architecture is {machine}", f"a media host must be {known}") from None
