"""Docker Engine and Compose, on media hosts."""

from collections.abc import Sequence

from envivo.roles.docker import removal
from envivo.roles.docker import settings as docker
from envivo.roles.role import Context, Needs, Role
from envivo.state import live_restore
from envivo.state.program import Program


def needs(settings: None, context: Context) -> Needs:
    return Needs(
        packages=docker.PACKAGES,
        provided=dict.fromkeys(docker.PACKAGES, docker.PROVIDED_BY),
        elsewhere=docker.ELSEWHERE,
        least=docker.LEAST,
        engine=True,
        documents=[live_restore.CONFIG],
    )


def programs(settings: None, context: Context) -> Sequence[Program]:
    return [Program("docker", "no container can run", live_restore.UNIT)]


ROLE = Role(
    name="docker",
    group="media",
    after=("base",),
    needs=needs,
    programs=programs,
    remains=lambda: [removal.added(), removal.unknown()],
)
