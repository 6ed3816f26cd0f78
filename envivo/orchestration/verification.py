"""All checks of an environment: which roles a host has, and what rests on what between hosts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from envivo.inventory import Inventory
from envivo.operations.engine import UNIT as ENGINE
from envivo.orchestration.target import Target, targets
from envivo.orchestration.validation import settings_of
from envivo.plan.planning import Plan, planner
from envivo.remote import insides
from envivo.roles.base import checks as base
from envivo.roles.camera import checks as camera
from envivo.roles.camera.desired import unit_name
from envivo.roles.docker import checks as docker
from envivo.roles.media import checks as media
from envivo.roles.media import guard
from envivo.roles.turn import checks as turn
from envivo.verify.engine import Check
from envivo.verify.resolver import viewpoint


@contextmanager
def planned(read: Inventory) -> Iterator[list[Check]]:
    """The checks, of an inventory that is right; to be performed inside."""
    settings = settings_of(read.env, read.hosts[0])
    with (
        planner(read) as plans,
        insides(read.hosts) as ways,
        viewpoint(settings.names, settings.web.tls.root) as authority,
    ):
        yield checks(targets(read, ways, authority), plans.plan)


def checks(targets: Sequence[Target], plan: Callable[[str], Plan]) -> list[Check]:
    """What has to be true of the hosts, from the ground up. `plan`: what a deploy would change on a host."""
    found: list[Check] = []
    reachable = {target.name: base.reachable(target) for target in targets}
    agents: dict[str, tuple[Target, Check]] = {}
    sessions: list[Check] = []
    grounds = {target.name: [reachable[target.name]] for target in targets}
    for target in targets:
        ground = reachable[target.name]
        found += [ground, base.only_declared_ports(target, ground)]
        for name in target.cameras:
            unit = unit_name(name)
            agents[name] = target, camera.agent(target, name, ground)
            found += [agents[name][1], base.starts_at_boot(target, unit, ground)]
    for target in targets:
        if "media" in target.groups:
            engine = docker.engine(target, reachable[target.name])
            grounds[target.name].append(engine)  # without it a deploy cannot know what it would do
            units = [ENGINE, guard.UNIT, *media.units(target)]
            found += [engine, docker.outlived(target, engine)]
            found += [base.starts_at_boot(target, unit, reachable[target.name]) for unit in units]
            found += media.checks(target, engine, agents)
            sessions = [one for one in found if one.claim.endswith(media.SESSION)]
            the_media = target
    for target in targets:
        if "turn" in target.groups:
            found += turn.checks(
                target, the_media, reachable[target.name], next(iter(agents), ""), next(iter(sessions), None)
            )
    return found + [base.as_deployed(target, plan, *grounds[target.name]) for target in targets]
