"""`pyinfra inventories/ENV.py deploy.py`: from bare hosts to live video. The settings: group_data/ENV.py."""

from pyinfra import host

from envivo.operations.lock import lock
from envivo.operations.order import after
from envivo.operations.prune import prune
from envivo.orchestration.deployment import deployment
from envivo.roles.base.tasks import base
from envivo.roles.camera.tasks import cameras
from envivo.roles.certificates.tasks import certificates
from envivo.roles.docker.tasks import docker
from envivo.roles.media.tasks import media
from envivo.roles.turn.tasks import turn

plan = deployment(host)
settings, context = plan.settings, plan.context

lock(name="Take the deploy lock")

base(settings=settings.base, needs=plan.needs)

prune(name="Remove what is no longer configured", removables=plan.to_remove)

if context.certificates:
    certificates(wanted=context.certificates)

if "turn" in host.groups and settings.turn:
    turn(settings=settings.turn, context=context)

after(name="Wait until all relays are deployed", servers=[])

if "media" in host.groups:
    docker()
    media(settings=settings.media, context=context)

after(name="Wait until all media hosts are deployed", servers=plan.servers)

if "cameras" in host.groups:
    cameras(settings=settings.agents, context=context)
