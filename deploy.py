"""`pyinfra inventories/ENV.py deploy.py`: from bare hosts to live video. The settings: group_data/ENV.py."""

from pyinfra import host

from roles.base.tasks import base
from roles.camera.tasks import cameras
from roles.deployment import deployment
from roles.docker.tasks import docker
from roles.media.tasks import media

this = deployment(host)

base(settings=this.settings.base, needs=this.needs)

if this.artifacts:
    docker()
    media(settings=this.settings, artifacts=this.artifacts)

if "cameras" in host.groups:
    cameras(settings=this.settings, plugged_in=this.cameras, media_address=this.media_address)
