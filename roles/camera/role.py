"""Camera hosts: each camera is one agent that publishes to the path of the same name."""

from envivo.roles.camera import desired
from envivo.roles.camera.costs import costs
from envivo.roles.camera.problems import problems
from envivo.roles.camera.settings import PACKAGES, Agents
from envivo.roles.role import Context, Needs, Role


def needs(agents: Agents, context: Context) -> Needs:
    return Needs(packages=PACKAGES, accounts=[desired.ACCOUNT])


ROLE = Role(
    name="camera",
    group="cameras",
    settings="agents",
    after=("base",),
    needs=needs,
    problems=problems,
    removables=(desired.REMOVABLE,),
    costs=costs,
)
