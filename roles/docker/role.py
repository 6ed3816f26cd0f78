"""Docker Engine and Compose, on media hosts."""

from envivo.roles.docker import settings as docker
from envivo.roles.role import Context, Needs, Role
from envivo.state import live_restore


def needs(settings: None, context: Context) -> Needs:
    return Needs(
        packages=docker.PACKAGES,
        provided=dict.fromkeys(docker.PACKAGES, docker.PROVIDED_BY),
        elsewhere=docker.ELSEWHERE,
        least=docker.LEAST,
        engine=True,
        documents=[live_restore.CONFIG],
    )


ROLE = Role(name="docker", group="media", after=("base",), needs=needs)
