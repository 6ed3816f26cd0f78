"""What deploy.py works with on one host: pyinfra's host and inventory turned into plain, checked values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyinfra import inventory
from pyinfra.api import Host, Inventory
from pyinfra.facts.server import Arch

from envivo.artifacts import ARCHITECTURES, Artifacts, ensure
from envivo.core.errors import EnvivoError
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
