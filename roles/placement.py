"""Which host does what: settings and inventory together. Pure functions over names, groups and addresses."""

from collections.abc import Mapping, Sequence

from envivo.artifacts import Artifacts
from envivo.settings import SettingsError
from roles.base.settings import Needs
from roles.camera import settings as camera
from roles.camera.settings import Camera
from roles.docker import settings as docker
from roles.environment import Environment
from roles.media import settings as media

Groups = Mapping[str, Sequence[str]]
"""The names of the hosts of each group of the inventory."""


def check(env: str, settings: Environment, groups: Groups) -> None:
    """Raises SettingsError where inventory and settings do not fit together."""
    here, there = f"group_data/{env}.py", f"inventories/{env}.py"
    found = []
    if len(groups.get("media", ())) != 1:
        found.append(f"{there}: media: must have exactly one host, has {len(groups.get('media', ()))}")
    plugged_in = groups.get("cameras", ())
    if list(groups.get("media", ())) == ["@local"] and set(plugged_in) - {"@local"} and not settings.media_address:
        found.append(f"{here}: media_address: is required, since cameras on other hosts cannot reach @local")
    for name, one in settings.cameras.items():
        if one.host and one.host not in plugged_in:
            found.append(f"{here}: cameras.{name}.host: must be one of the group cameras, is {one.host!r}")
        if not one.host and len(plugged_in) != 1:
            found.append(
                f"{here}: cameras.{name}.host: is required, since the group cameras has {len(plugged_in)} hosts"
            )
    if found:
        raise SettingsError(found)


def needs(settings: Environment, roles: Sequence[str], artifacts: Artifacts | None) -> Needs:
    """What the roles of a host (its groups) ask of it, together."""
    packages: list[str] = []
    systems = {"debian-13"} if "media" in roles else {"debian-12", "debian-13"}
    if "media" in roles:
        packages += docker.PACKAGES + media.PACKAGES
    if "cameras" in roles:
        packages += camera.PACKAGES
    return Needs(
        packages=packages,
        provided=dict.fromkeys(docker.PACKAGES, docker.PROVIDED_BY) if "media" in roles else {},
        ports=settings.listeners() if "media" in roles else [],
        images=[artifacts.mediamtx, artifacts.caddy] if artifacts else [],
        systems=sorted(systems),
    )


def cameras_on(settings: Environment, host: str, groups: Groups) -> dict[str, Camera]:
    """The cameras that are plugged into a host."""
    alone = list(groups["cameras"]) == [host]
    return {name: one for name, one in settings.cameras.items() if one.host == host or (not one.host and alone)}
