"""What is lost when a camera host is removed."""

from collections.abc import Iterator

from envivo.roles.camera.role import programs
from envivo.roles.camera.settings import Agents
from envivo.roles.role import Target


def losses(agents: Target[Agents]) -> Iterator[str]:
    yield from (program.down for program in programs(agents.settings, agents.context))
