"""All checks of an environment: which roles a host has, and what rests on what between hosts."""

from collections.abc import Sequence

from envivo.verification import Check
from roles.base import checks as base
from roles.camera import checks as camera
from roles.camera.desired import unit_name
from roles.docker import checks as docker
from roles.media import checks as media
from roles.target import Target


def checks(targets: Sequence[Target]) -> list[Check]:
    """What has to be true of the hosts, from the ground up."""
    found: list[Check] = []
    reachable = {target.name: base.reachable(target) for target in targets}
    agents: dict[str, tuple[Target, Check]] = {}
    for target in targets:
        ground = reachable[target.name]
        found.append(ground)
        for name in target.cameras:
            unit = unit_name(name)
            agents[name] = target, camera.agent(target, name, ground)
            found += [agents[name][1], base.starts_at_boot(target, unit, ground)]
    for target in targets:
        if "media" in target.groups:
            engine = docker.engine(target, reachable[target.name])
            found += [engine, base.starts_at_boot(target, docker.UNIT, reachable[target.name])]
            found += media.checks(target, engine, agents)
    return found
