"""What checks work with on one host: an inventory turned into plain values, as roles/deployment.py does for tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from envivo.errors import EnvivoError
from envivo.inside import Inside
from envivo.inventory import Host, Inventory
from envivo.settings import SettingsError, findings
from roles import placement
from roles.camera.settings import Camera
from roles.environment import Environment


@dataclass(frozen=True)
class Target:
    name: str
    groups: Sequence[str]
    address: str
    """Where viewers and this controller reach it."""
    settings: Environment
    cameras: Mapping[str, Camera]
    """Those that are plugged into this host."""
    inside: Inside

    @property
    def origin(self) -> str:
        """Of everything that a viewer's browser asks for."""
        return f"http://{self.address}:{self.settings.web.port}"


def targets(inventory: Inventory, insides: Mapping[str, Inside]) -> list[Target]:
    """Raises SettingsError where settings are missing or do not fit the inventory."""
    return [_target(inventory, host, insides[host.name]) for host in inventory.hosts]


def _target(inventory: Inventory, host: Host, inside: Inside) -> Target:
    settings = settings_of(inventory.env, host)
    placement.check(inventory.env, settings, inventory.groups)
    cameras = placement.cameras_on(settings, host.name, inventory.groups) if "cameras" in host.groups else {}
    return Target(host.name, host.groups, host.address, settings, cameras, inside)


def settings_of(env: str, host: Host) -> Environment:
    """Raises EnvivoError (exit code 2) where they are missing or wrong."""
    place = f"group_data/{env}.py"
    if "settings" not in host.data:
        raise EnvivoError(place, "settings: is required", "see group_data/lab.py", exit_code=2)
    try:
        return Environment.model_validate(host.data["settings"])  # secrets are asterisks here
    except ValidationError as error:
        raise SettingsError(findings(place, error)) from None
