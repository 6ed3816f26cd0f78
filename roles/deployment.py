"""What deploy.py works with on one host: pyinfra's host and inventory turned into plain, checked values."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra import inventory
from pyinfra.api import Host, Inventory
from pyinfra.facts.server import Arch

from envivo.artifacts import ARCHITECTURES, Artifacts, ensure
from envivo.errors import EnvivoError
from envivo.settings import SettingsError
from roles import placement
from roles.base.settings import Needs
from roles.camera.settings import Camera
from roles.environment import Environment


@dataclass(frozen=True)
class Deployment:
    settings: Environment
    artifacts: Artifacts | None
    """On a media host."""
    needs: Needs
    cameras: Mapping[str, Camera]
    """Those that are plugged into this host."""
    media_address: str
    """Where this host reaches the media host."""


def check(env: str, inventory: Inventory) -> None:
    """Whether the environment's inventory and settings fit together. Raises SettingsError."""
    for host in inventory.hosts.values():
        settings = host.data.get("settings")
        if not isinstance(settings, Environment):
            raise SettingsError([f"group_data/{env}.py: settings: is required, see group_data/lab.py"])
        placement.check(env, settings, _groups(inventory))


def deployment(host: Host) -> Deployment:
    """Fetches what the host will need and is not in the cache. Raises EnvivoError, before any host is changed."""
    _send_at_once(host)
    settings: Environment = host.data.settings
    groups = _groups(inventory)
    artifacts = ensure(_architecture(host)) if "media" in host.groups else None
    media = inventory.get_host(groups["media"][0])
    address = settings.media_address or media.data.get("ssh_hostname") or media.name
    return Deployment(
        settings=settings,
        artifacts=artifacts,
        needs=placement.needs(settings, host.groups, artifacts),
        cameras=placement.cameras_on(settings, host.name, groups) if "cameras" in host.groups else {},
        media_address="127.0.0.1" if media.name == host.name else address,
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


def _send_at_once(host: Host) -> None:
    """TCP_NODELAY: with Nagle's algorithm each command waits for a delayed ACK, 49 instead of 4 ms (pyinfra.md 6)."""
    client = getattr(host.connector, "client", None)
    if client is not None:
        client.get_transport().sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
