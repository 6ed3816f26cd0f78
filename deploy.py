"""`pyinfra inventories/ENV.py deploy.py`: from bare hosts to live video. The settings: group_data/ENV.py."""

from pyinfra import host

from envivo.operations.leftovers import leftovers
from envivo.operations.lock import lock
from envivo.operations.order import after
from envivo.orchestration.deployment import deployment
from envivo.roles.base.tasks import base
from envivo.roles.camera.tasks import cameras
from envivo.roles.certificates.tasks import certificates
from envivo.roles.docker.tasks import docker
from envivo.roles.media.tasks import media
from envivo.roles.turn.tasks import turn

this = deployment(host)

lock(name="Keep other deploys away from the host")

base(settings=this.settings.base, needs=this.needs)

leftovers(name="Remove what is no longer wanted", unwanted=this.unwanted)

if this.certificates:
    certificates(wanted=this.certificates)

if "turn" in host.groups:
    turn(settings=this.settings, certificates=this.certificates)

after(name="Have relays know their secret before media hosts give it away", servers=[])

if this.artifacts:
    docker()
    media(settings=this.settings, artifacts=this.artifacts, certificates=this.certificates)

after(name="Have media hosts know their publishers before cameras do", servers=this.servers)

if "cameras" in host.groups:
    cameras(settings=this.settings, plugged_in=this.cameras, media_address=this.media_address)
