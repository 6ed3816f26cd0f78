"""Input of checks: an inventory as plain values, as deployment.py makes it for tasks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envivo.inventory import Host, Inventory, over_ssh
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.hosts import endpoints_of, settings_of
from envivo.orchestration.roles import ConfiguredRole, roles, roles_of
from envivo.remote import RemoteShell
from envivo.roles.camera.desired import local_cameras
from envivo.roles.camera.settings import Camera
from envivo.roles.role import Context, Role, Target
from envivo.ssh.route import route
from envivo.verify.engine import Check


@dataclass(frozen=True)
class Place:
    """A host of an environment."""

    address: str
    """Where viewers and this controller reach it."""
    ssh_port: int
    settings: Environment
    context: Context
    shell: RemoteShell
    authority: Path | None = None
    """File with the certificate of the authority that signs, where that is not a public one."""

    @property
    def name(self) -> str:
        return self.context.host

    @property
    def roles(self) -> list[ConfiguredRole]:
        return roles_of(self.settings, self.context.groups)

    @property
    def cameras(self) -> dict[str, Camera]:
        """Cameras of this host."""
        return local_cameras(self.settings.agents, self.context)

    def target(self, own: Any) -> Target[Any]:
        """Input for the checks of a role. `own`: its settings."""
        return Target(self.address, own, self.shell, self.context, self.ssh_port, self.authority)


def places(inventory: Inventory, shells: Mapping[str, RemoteShell], authority: Path | None = None) -> list[Place]:
    """The hosts of a valid inventory."""
    return [_place(inventory, host, shells[host.name], authority) for host in inventory.hosts]


def media_place(hosts: Sequence[Place]) -> Place:
    """The media host."""
    (media,) = (place for place in hosts if "media" in place.context.groups)
    return media


def of_roles(hosts: Sequence[Place], ask: Callable[[Role[Any], Target[Any]], Iterable[Check]]) -> list[Check]:
    """What each role answers for each host on which it runs, in the order of the roles: needs first."""
    return [
        check
        for role in roles()
        for host in hosts
        for other, part in host.roles
        if other is role
        for check in ask(role, host.target(part))
    ]


def _place(inventory: Inventory, host: Host, shell: RemoteShell, authority: Path | None) -> Place:
    settings = settings_of(inventory, host)
    book = endpoints_of(inventory)
    context = placement.context(settings, host.name, inventory.groups, book)
    address = book.address if host.name == book.media_host else host.address
    way = None if not over_ssh(host.name) or host.data.get("ssh_port") else route(host.name, host.data)
    port = int(host.data.get("ssh_port") or (way.port if way else 22))
    return Place(address, port, settings, context, shell, authority)
