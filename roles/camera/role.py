"""Camera hosts: each camera is one agent that publishes to the path of the same name."""

from collections.abc import Sequence

from envivo.roles.camera import desired
from envivo.roles.camera.costs import costs
from envivo.roles.camera.problems import problems
from envivo.roles.camera.settings import OVERLAY_PACKAGES, PACKAGES, Agents, unit_name
from envivo.roles.role import Context, Needs, Role
from envivo.state.program import Program
from envivo.state.remains import Remains, account, directory


def needs(agents: Agents, context: Context) -> Needs:
    written = any(camera.overlay.is_shown for camera in desired.local_cameras(agents, context).values())
    return Needs(packages=[*PACKAGES, *(OVERLAY_PACKAGES if written else ())], accounts=[desired.ACCOUNT])


def programs(agents: Agents, context: Context) -> Sequence[Program]:
    cameras = desired.local_cameras(agents, context)
    return [
        Program(
            name,
            f"nobody publishes to {name}",
            unit_name(name),
            stoppable=True,
            lives=desired.lives(name),
            why_not=desired.why_not(name),
        )
        for name in cameras
    ]


def remains() -> Sequence[Remains]:
    name = desired.ACCOUNT.name
    return [
        directory("state of agents", f"/var/lib/{name}"),
        directory("caches of agents", f"/var/cache/{name}"),
        account(desired.ACCOUNT),
    ]


ROLE = Role(
    name="camera",
    group="cameras",
    settings="agents",
    after=("base",),
    needs=needs,
    problems=problems,
    programs=programs,
    removables=(desired.REMOVABLE,),
    remains=remains,
    costs=costs,
)
