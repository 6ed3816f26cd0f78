"""What deploy.py works with on one host: pyinfra's host and inventory turned into plain, checked values."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra import inventory
from pyinfra.api import Host

from envivo.settings import refuse
from roles import placement
from roles.base.settings import Needs
from roles.camera.settings import Camera
from roles.environment import Environment


@dataclass(frozen=True)
class Deployment:
    settings: Environment
    needs: Needs
    cameras: Mapping[str, Camera]
    """Those that are plugged into this host."""
    media_address: str
    """Where this host reaches the media host."""


def deployment(host: Host) -> Deployment:
    """Raises SettingsError, which ends the run before any host is changed."""
    env = host.groups[-1] if host.groups else "all"
    settings = host.data.get("settings")
    if not isinstance(settings, Environment):
        raise refuse([f"group_data/{env}.py: settings: is required, see group_data/lab.py"])
    groups: dict[str, list[str]] = {
        name: [member.name for member in inventory.get_group(name)]
        for name in ("media", "cameras")
        if name in inventory.groups
    }
    placement.check(env, settings, groups)
    media = inventory.get_host(groups["media"][0])
    return Deployment(
        settings=settings,
        needs=placement.needs(settings, host.groups),
        cameras=placement.cameras_on(settings, host.name, groups) if "cameras" in host.groups else {},
        media_address="127.0.0.1"
        if media is host or media.name == host.name
        else media.data.get("ssh_hostname") or media.name,
    )
