"""What checks work with on one host: an inventory turned into plain values, as deployment.py does for tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from envivo.inventory import Host, Inventory
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.validation import settings_of
from envivo.remote import Inside
from envivo.roles.camera.settings import Camera


@dataclass(frozen=True)
class Target:
    name: str
    groups: Sequence[str]
    address: str
    """Where viewers and this controller reach it."""
    ssh_port: int
    settings: Environment
    cameras: Mapping[str, Camera]
    """Those that are plugged into this host."""
    inside: Inside
    authority: Path | None = None
    """The file of who signs the certificates, where that is no public authority."""

    @property
    def origin(self) -> str:
        """Of everything that a viewer's browser asks for."""
        web = self.settings.web
        return f"https://{web.domain}" if web.domain else f"http://{self.address}:{web.port}"


def targets(inventory: Inventory, insides: Mapping[str, Inside], authority: Path | None = None) -> list[Target]:
    """Of an inventory that is right."""
    return [_target(inventory, host, insides[host.name], authority) for host in inventory.hosts]


def _target(inventory: Inventory, host: Host, inside: Inside, authority: Path | None) -> Target:
    settings = settings_of(inventory.env, host)
    cameras = placement.cameras_on(settings, host.name, inventory.groups) if "cameras" in host.groups else {}
    address = settings.public_address if "media" in host.groups and settings.public_address else host.address
    ssh_port = int(host.data.get("ssh_port") or 22)
    return Target(host.name, host.groups, address, ssh_port, settings, cameras, inside, authority)
